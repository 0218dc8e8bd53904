namespace Cmdr.Intake;

/// <summary>Everyone who waits for an answer, by the command's id; one short lock for a page of records, none across an await.</summary>
internal sealed class Waiters
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, Waiter> first = [];

    internal int Count
    {
        get { lock (gate) return first.Count; }
    }

    /// <summary>Interest is registered before the command is appended, so that no answer can come unseen.</summary>
    internal void Add(Waiter waiter)
    {
        lock (gate)
        {
            waiter.Next = first.GetValueOrDefault(waiter.Id);
            first[waiter.Id] = waiter;
        }
    }

    internal void Remove(Waiter waiter)
    {
        lock (gate)
        {
            if (!first.TryGetValue(waiter.Id, out var current)) return;
            if (current != waiter)
            {
                while (current.Next is { } next && next != waiter) current = next;
                current.Next = waiter.Next;
            }
            else if (waiter.Next is { } next) first[waiter.Id] = next;
            else first.Remove(waiter.Id);
        }
    }

    internal void Offer(IReadOnlyList<HistoryRecord> records)
    {
        lock (gate)
        {
            if (first.Count == 0) return;
            foreach (var record in records)
            {
                if (record.Envelope.CommandOffset is null) continue;
                for (var waiter = For(record.Envelope); waiter is not null; waiter = waiter.Next) waiter.Offer(record);
            }
        }
    }

    /// <summary>A command of Intake's begins a narrative, so all that answers it, whatever prompted it, carries its id as correlation.</summary>
    private Waiter? For(Envelope envelope) =>
        Find(envelope.CorrelationId) ?? (envelope.CausationId == envelope.CorrelationId ? null : Find(envelope.CausationId));

    private Waiter? Find(Guid? id) => id is { } key ? first.GetValueOrDefault(key) : null;
}
