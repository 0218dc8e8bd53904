namespace Cmdr.Postgres;

/// <summary>Hands slices to the consumer one after another, commits them, and tells the consumer what became of each.</summary>
internal sealed class SlicePump(LogParts parts, LogGroup settings, SliceReader reader, SliceCommit commit, ILogConsumer consumer)
{
    /// <summary>Handles a slice of what is there and what was asked for; false when there is neither.</summary>
    /// <exception cref="ConsumerFailedException">The consumer threw, or appended too much; the slice was aborted and comes again.</exception>
    internal async Task<bool> TryHandle(IReadOnlyList<OwnedPartition> partitions, Membership member, CancellationToken cancellationToken)
    {
        if (await Next(partitions, cancellationToken).ConfigureAwait(false) is not { } delivery) return false;
        if (!member.IsSure)
        {
            // This process was stopped while it read: the partitions may be another's by now.
            delivery.AskAgain();
            return true;
        }

        reader.ReadAhead(partitions, delivery.Slice, cancellationToken);
        await Consume(delivery, cancellationToken).ConfigureAwait(false);
        if (await TryCommit(delivery, member, cancellationToken).ConfigureAwait(false))
        {
            reader.TakeMore();
            await Committed(delivery).ConfigureAwait(false);
        }
        else
        {
            member.Abandon();
            await Abort(delivery).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Ends what is still being read.</summary>
    internal Task Stop() => reader.Stop();

    private async Task<Delivery?> Next(IReadOnlyList<OwnedPartition> partitions, CancellationToken cancellationToken)
    {
        var records = await reader.Read(partitions, cancellationToken).ConfigureAwait(false);
        var now = parts.Time.GetUtcNow();
        var positions = new Dictionary<TopicPartition, long>();
        foreach (var record in records) positions[record.Position.TopicPartition] = record.Position.Offset + 1;
        var requested = new Dictionary<OwnedPartition, DateTimeOffset>();
        foreach (var owned in partitions)
        {
            if (owned.Requests.TakeDue(now) is not { } due) continue;
            requested.Add(owned, due);
            positions.TryAdd(owned.Partition, owned.Next);
        }

        if (positions.Count == 0) return null;
        var slice = new Slice(records, positions, [.. requested.Keys.Select(owned => owned.Partition)])
        {
            TakesOutputs = settings.Keeping == PositionKeeping.WithOutputs,
        };
        return new(slice, requested, [.. partitions.Where(owned => positions.ContainsKey(owned.Partition))]);
    }

    private ValueTask Committed(Delivery delivery)
    {
        var slice = delivery.Slice;
        foreach (var owned in delivery.Fence)
        {
            owned.Next = slice.Positions[owned.Partition];
            owned.Held = slice.Held.ContainsKey(owned.Partition);
        }

        return consumer.Committed(slice, CancellationToken.None);
    }

    private async Task Consume(Delivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            await consumer.Consume(delivery.Slice, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await Abort(delivery).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw new ConsumerFailedException(exception);
        }
    }

    private async Task<bool> TryCommit(Delivery delivery, Membership member, CancellationToken cancellationToken)
    {
        if (settings.Keeping == PositionKeeping.ByConsumer) return true;
        try
        {
            return await commit.TryCommit(delivery.Slice, delivery.Fence, member.Id, cancellationToken).ConfigureAwait(false);
        }
        catch (OutputsTooLargeException exception)
        {
            reader.TakeLess(delivery.Slice);
            await Abort(delivery).ConfigureAwait(false);
            throw new ConsumerFailedException(exception);
        }
        catch
        {
            // Asked to leave while the database does not answer.
            await Abort(delivery).ConfigureAwait(false);
            throw;
        }
    }

    private ValueTask Abort(Delivery delivery)
    {
        delivery.AskAgain();
        delivery.Slice.Reset();
        return consumer.Aborted(delivery.Slice, CancellationToken.None);
    }

    /// <param name="Slice">What the consumer gets.</param>
    /// <param name="Requested">The partitions whose slice was asked for, and when it was due.</param>
    /// <param name="Fence">Those of the slice.</param>
    private sealed record Delivery(Slice Slice, IReadOnlyDictionary<OwnedPartition, DateTimeOffset> Requested, IReadOnlyList<OwnedPartition> Fence)
    {
        /// <summary>What was asked for was not served.</summary>
        internal void AskAgain()
        {
            foreach (var (owned, due) in Requested) owned.RequestSlice(due);
        }
    }
}
