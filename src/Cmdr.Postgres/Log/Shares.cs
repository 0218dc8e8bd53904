namespace Cmdr.Postgres;

/// <summary>What falls to a member.</summary>
/// <param name="Owned">What it has.</param>
/// <param name="Release">What of that it gives up.</param>
/// <param name="Claim">What it may take.</param>
internal sealed record Share(IReadOnlyList<Lease> Owned, IReadOnlyList<LeaseKey> Release, IReadOnlyList<Lease> Claim);

/// <summary>
/// Who should have which partitions. Every member computes it for itself from the same rows, so that as few move as make the shares differ by one at most, and
/// no two members reach for the same.
/// </summary>
internal static class Shares
{
    /// <param name="me">The member that asks.</param>
    /// <param name="members">All members, in one order for all who ask.</param>
    /// <param name="leases">All leases, in one order for all who ask; one whose member is none of <paramref name="members"/> is free.</param>
    internal static Share Of(Guid me, IReadOnlyList<Guid> members, IReadOnlyList<Lease> leases)
    {
        var owned = members.ToDictionary(member => member, _ => new List<Lease>());
        var free = new Queue<Lease>();
        foreach (var lease in leases)
        {
            if (lease.Member is { } owner && owned.TryGetValue(owner, out var list)) list.Add(lease);
            else free.Enqueue(lease);
        }

        var (least, extra) = Math.DivRem(leases.Count, members.Count);
        // Those who have more than the least keep the extra ones, so that nothing moves for the sake of the remainder.
        var quota = members.OrderByDescending(member => owned[member].Count > least).Select((member, rank) => (member, Count: rank < extra ? least + 1 : least))
            .ToDictionary(share => share.member, share => share.Count);
        var claim = new List<Lease>();
        foreach (var member in members)
        {
            for (var missing = quota[member] - owned[member].Count; missing > 0 && free.TryDequeue(out var lease); missing--)
            {
                if (member == me) claim.Add(lease);
            }
        }

        return new(owned[me], [.. owned[me].Skip(quota[me]).Select(lease => lease.Key)], claim);
    }
}
