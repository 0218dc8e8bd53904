using CsCheck;
using Xunit;

namespace Cmdr.Postgres.Tests;

public sealed class SharesTests
{
    private static readonly Gen<(int Members, int[] Owners)> States =
        from members in Gen.Int[1, 7]
        from owners in Gen.Int[-1, 9].Array[0, 40]
        select (members, owners);

    [Fact]
    public void Members_that_follow_their_shares_end_with_even_ones_and_move_no_more_than_needed() => States.Sample(state =>
    {
        var members = Enumerable.Range(0, 10).Select(n => new Guid(n, 0, 0, new byte[8])).ToArray();
        var living = members[..state.Members];
        var leases = state.Owners.Select((owner, n) => new Lease(new(1, n), 0, owner < 0 ? null : members[owner], 0)).ToList();
        var before = leases.ToDictionary(lease => lease.Key, lease => lease.Member);

        Follow(living, leases, release: true);
        Follow(living, leases, release: false);

        var counts = living.Select(member => leases.Count(lease => lease.Member == member)).ToList();
        Assert.Equal(leases.Count, counts.Sum());
        Assert.True(counts.Max() - counts.Min() <= 1);
        Assert.All(living, member =>
        {
            var share = Shares.Of(member, living, leases);
            Assert.Empty(share.Release);
            Assert.Empty(share.Claim);
        });
        var most = (leases.Count + living.Length - 1) / living.Length;
        var surplus = living.Sum(member => Math.Max(0, before.Values.Count(owner => owner == member) - most));
        var moved = leases.Count(lease => before[lease.Key] is { } owner && living.Contains(owner) && lease.Member != owner);
        Assert.InRange(moved, 0, surplus + living.Length);
    });

    /// <summary>What members do when each looks at the same rows.</summary>
    private static void Follow(Guid[] living, List<Lease> leases, bool release)
    {
        var shares = living.ToDictionary(member => member, member => Shares.Of(member, living, [.. leases]));
        foreach (var (member, share) in shares)
        {
            foreach (var key in release ? share.Release : []) Set(leases, key, null);
            foreach (var lease in release ? [] : share.Claim)
            {
                Assert.False(leases.Single(known => known.Key == lease.Key).Member is { } owner && living.Contains(owner), "Two members reach for one lease.");
                Set(leases, lease.Key, member);
            }
        }
    }

    private static void Set(List<Lease> leases, LeaseKey key, Guid? member)
    {
        var at = leases.FindIndex(lease => lease.Key == key);
        leases[at] = leases[at] with { Member = member };
    }
}
