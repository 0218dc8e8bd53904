namespace Cmdr;

/// <summary>Who are the members of a group, who owns which partition, and how far the group has come.</summary>
internal sealed class MemoryGroup(MemoryLog log, Lock gate, PositionKeeping keeping, IReadOnlyList<TopicPartition> partitions)
{
    private readonly List<MemoryMember> members = [];
    private readonly Dictionary<TopicPartition, MemoryMember> targets = [];
    private readonly Dictionary<TopicPartition, MemoryPartition> owners = [];
    private readonly Dictionary<TopicPartition, long> positions = [];

    public void Join(MemoryMember member, LogGroup settings)
    {
        if (settings.Keeping != keeping || !settings.Topics.ToHashSet().SetEquals(partitions.Select(partition => partition.Topic)))
        {
            throw new InvalidOperationException($"The group {settings.Name} has members with other topics or another way to keep its position.");
        }

        lock (gate)
        {
            members.Add(member);
            foreach (var topic in settings.Topics) log.Topic(topic).Listeners.Add(member.Signal);
            Balance();
        }
    }

    public void Leave(MemoryMember member)
    {
        lock (gate)
        {
            foreach (var topic in partitions.Select(partition => partition.Topic).Distinct()) log.Topic(topic).Listeners.Remove(member.Signal);
            Remove(member);
        }
    }

    /// <summary>Takes everything away from the member that owns a partition; false when nobody does. Call with the gate held.</summary>
    public bool Expire(TopicPartition partition)
    {
        if (!owners.TryGetValue(partition, out var owned)) return false;
        var away = members.Single(member => member.Owns(owned));
        Remove(away);
        away.Wake();
        return true;
    }

    /// <summary>Joins again after everything was lost.</summary>
    public void Rejoin(MemoryMember member)
    {
        lock (gate)
        {
            members.Add(member);
            Balance();
        }
    }

    /// <summary>True while the member's lease holds.</summary>
    public bool Has(MemoryMember member)
    {
        lock (gate) return members.Contains(member);
    }

    /// <summary>True when the partition is to go to another member.</summary>
    public bool IsLeaving(MemoryMember member, MemoryPartition owned)
    {
        lock (gate) return Fenced(owned) is false && targets[owned.Partition] != member;
    }

    public void Release(IEnumerable<MemoryPartition> released)
    {
        lock (gate)
        {
            foreach (var owned in released.Where(owned => !Fenced(owned)))
            {
                owners.Remove(owned.Partition);
                targets[owned.Partition].Wake();
            }
        }
    }

    /// <summary>The partitions that became the member's since it last asked.</summary>
    public IReadOnlyList<MemoryPartition> Acquire(MemoryMember member)
    {
        lock (gate)
        {
            var acquired = partitions.Where(partition => targets.GetValueOrDefault(partition) == member && !owners.ContainsKey(partition))
                .Select(partition => new MemoryPartition(member, partition, positions.TryGetValue(partition, out var position) ? position : null)).ToList();
            foreach (var owned in acquired) owners.Add(owned.Partition, owned);
            return acquired;
        }
    }

    /// <summary>Commits positions and outputs together; false, and nothing happened, when one of the partitions is another's by now.</summary>
    public bool TryCommit(IReadOnlyList<MemoryPartition> fence, Slice slice)
    {
        lock (gate)
        {
            if (keeping == PositionKeeping.ByConsumer) return true;
            if (fence.Any(Fenced)) return false;
            foreach (var topic in slice.Outputs.GroupBy(output => output.Topic)) log.Topic(topic.Key).Append([.. topic.Select(output => output.Record)]);
            foreach (var partition in slice.Records.Select(record => record.Position.TopicPartition).Union(slice.Held.Keys))
            {
                positions[partition] = slice.Positions[partition];
            }

            return true;
        }
    }

    /// <summary>Gathers records from a partition's next offset; gives the offset after them.</summary>
    public long Take(MemoryPartition owned, List<LoggedRecord> into, int maxRecords, ref int bytesLeft)
    {
        lock (gate) return log.Topic(owned.Partition.Topic).Take(owned.Partition.Partition, owned.Next, into, maxRecords, ref bytesLeft);
    }

    /// <summary>Checks where a consumer says it starts.</summary>
    public void CheckStart(MemoryPartition owned)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(owned.Next);
        lock (gate) log.Topic(owned.Partition.Topic).CheckNotBeyond(owned.Partition.Partition, owned.Next);
    }

    private bool Fenced(MemoryPartition owned) => owners.GetValueOrDefault(owned.Partition) != owned;

    private void Remove(MemoryMember member)
    {
        members.Remove(member);
        foreach (var owned in owners.Values.Where(member.Owns).ToList()) owners.Remove(owned.Partition);
        Balance();
    }

    /// <summary>Moves as few partitions as make the shares differ by one at most.</summary>
    private void Balance()
    {
        foreach (var gone in targets.Where(target => !members.Contains(target.Value)).ToList()) targets.Remove(gone.Key);
        if (members.Count > 0)
        {
            var shares = members.ToDictionary(member => member, member => targets.Values.Count(owner => owner == member));
            foreach (var partition in partitions.Where(partition => !targets.ContainsKey(partition))) Give(partition, shares);
            while (shares.MaxBy(share => share.Value) is var most && most.Value - shares.Values.Min() > 1)
            {
                shares[most.Key]--;
                Give(partitions.Last(partition => targets[partition] == most.Key), shares);
            }
        }

        foreach (var member in members) member.Wake();
    }

    private void Give(TopicPartition partition, Dictionary<MemoryMember, int> shares)
    {
        var least = shares.MinBy(share => share.Value).Key;
        targets[partition] = least;
        shares[least]++;
    }
}
