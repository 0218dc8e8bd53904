using System.Collections.Frozen;
using System.Text;

namespace Cmdr.Bus;

/// <summary>Which records a processor takes, by their names on the log, and as what each is read.</summary>
internal sealed class EventReaders
{
    private readonly FrozenDictionary<string, EventReader> readers;
    private readonly FrozenDictionary<string, EventReader>.AlternateLookup<ReadOnlySpan<char>> byName;
    private readonly EventReader? other;

    private EventReaders(Dictionary<string, EventReader> readers, EventReader? other)
    {
        this.readers = readers.ToFrozenDictionary(StringComparer.Ordinal);
        byName = this.readers.GetAlternateLookup<ReadOnlySpan<char>>();
        this.other = other;
    }

    /// <summary>The readers that the messages of a processor's consumer ask for.</summary>
    /// <param name="messages">What it consumes.</param>
    /// <param name="catalog">Tells the members of a family; null on a bus without one, where a family's own assembly does.</param>
    /// <param name="faults">Told what cannot be.</param>
    public static EventReaders Of(IReadOnlyCollection<Type> messages, Catalog? catalog, Action<string> faults)
    {
        var types = new Dictionary<string, Type>();
        foreach (var message in messages.Where(message => !MessageForm.IsRaw(message)))
        {
            var members = EventFamily.Members(MessageForm.RecordedEvent(message) ?? message, catalog);
            if (members.Count == 0) faults($"consumes {message.Name}, which no declared event is");
            foreach (var member in members)
            {
                if (types.TryAdd(Naming.Of(member), member) || types[Naming.Of(member)] == member) continue;
                faults($"consumes both {types[Naming.Of(member)].FullName} and {member.FullName}, which are the event '{Naming.Of(member)}'; give each a processor of its own");
            }
        }

        var raw = messages.Any(MessageForm.IsRaw) ? new RecordReader(mustBeEvent: messages.Contains(typeof(HistoryRecord))) : null;
        return new(types.ToDictionary(type => type.Key, type => (EventReader)Activator.CreateInstance(typeof(EventReader<>).MakeGenericType(type.Value))!), raw); // it has such a constructor
    }

    /// <summary>How to read a record; null when it is none of the processor's.</summary>
    public EventReader? Find(LogRecord record)
    {
        for (var i = 0; i < record.Headers.Count; i++)
        {
            if (record.Headers[i].Name == "ce_type") return Named(record.Headers[i].Value.Span);
        }

        return other;
    }

    private EventReader? Named(ReadOnlySpan<byte> type)
    {
        if (readers.Count == 0 || type.Length > 256) return other;
        Span<char> name = stackalloc char[type.Length];
        return byName.TryGetValue(name[..Encoding.UTF8.GetChars(type, name)], out var reader) ? reader : other;
    }
}
