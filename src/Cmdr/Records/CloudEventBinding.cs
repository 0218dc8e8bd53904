using System.Buffers.Text;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Cmdr;

/// <summary>Writes an <see cref="Envelope"/> as a log record and reads it back: the binary content mode of the CloudEvents Kafka protocol binding.</summary>
/// <remarks>Source: CloudEvents 1.0.2, "Kafka Protocol Binding", section 3.2: attributes are headers prefixed <c>ce_</c>, the data is the value.</remarks>
public static class CloudEventBinding
{
    private const int TimeLength = 28; // 2026-01-02T12:00:00.0000000Z

    private static readonly LogHeader SpecVersion = new("ce_specversion", "1.0"u8.ToArray());
    private static readonly LogHeader ContentType = new("content-type", "application/json"u8.ToArray());

    private static readonly FrozenDictionary<Outcome, byte[]> Outcomes = new Dictionary<Outcome, byte[]>
    {
        [Outcome.Completed] = "completed"u8.ToArray(),
        [Outcome.Refused] = "refused"u8.ToArray(),
    }.ToFrozenDictionary();

    /// <summary>The record of <paramref name="envelope"/>.</summary>
    public static LogRecord Write(Envelope envelope)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        var key = envelope.Subject.Key();
        var headers = new List<LogHeader>(16)
        {
            SpecVersion,
            new("ce_id", Utf8(envelope.Id)),
            new("ce_type", Utf8(envelope.Type)),
            new("ce_source", Utf8(envelope.Source)),
            new("ce_subject", key),
            new("ce_time", Utf8(envelope.Time)),
            ContentType,
        };
        Add(headers, "ce_correlationid", envelope.CorrelationId is { } correlation ? Utf8(correlation) : null);
        Add(headers, "ce_causationid", envelope.CausationId is { } causation ? Utf8(causation) : null);
        Add(headers, "ce_actor", Utf8(envelope.Actor));
        Add(headers, "ce_sequence", Utf8(envelope.Sequence));
        Add(headers, "ce_commandoffset", Utf8(envelope.CommandOffset));
        Add(headers, "ce_commandhash", Utf8(envelope.CommandHash));
        Add(headers, "ce_expectedsequence", Utf8(envelope.ExpectedSequence));
        Add(headers, "ce_outcome", envelope.Outcome is { } outcome ? Outcomes[outcome] : null);
        Add(headers, "ce_saga", Utf8(envelope.Saga));
        Add(headers, "ce_notbefore", envelope.NotBefore is { } due ? Utf8(due) : null);
        Add(headers, "ce_dataschema", Utf8(envelope.DataSchema));
        Add(headers, "traceparent", Utf8(envelope.TraceParent));
        Add(headers, "tracestate", Utf8(envelope.TraceState));
        return new(key, envelope.Data, headers);
    }

    /// <summary>Reads a record.</summary>
    /// <param name="record">Any record.</param>
    /// <param name="envelope">What it says; null when it is not a CloudEvent with a UUID for id and a subject for key.</param>
    /// <param name="fault">Which header is missing or malformed; null when none is.</param>
    public static bool TryRead(LogRecord record, [NotNullWhen(true)] out Envelope? envelope, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(record);
        var reading = new Reading(record);
        fault = reading.Read();
        envelope = fault is null ? reading.Envelope() : null;
        return envelope is not null;
    }

    /// <summary>Which header of a record is missing or malformed; null when none is, so that it can be read.</summary>
    public static string? FaultOf(LogRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return new Reading(record).Read();
    }

    /// <summary>Reads a record that Cmdr itself wrote.</summary>
    /// <exception cref="FormatException">It is not a CloudEvent of the contract.</exception>
    public static Envelope Read(LoggedRecord logged)
    {
        ArgumentNullException.ThrowIfNull(logged);
        return TryRead(logged.Record, out var envelope, out var fault) ? envelope : throw new FormatException($"The record at {logged.Position} cannot be read: {fault}.");
    }

    private static void Add(List<LogHeader> headers, string name, byte[]? value)
    {
        if (value is not null) headers.Add(new(name, value));
    }

    private static byte[]? Utf8(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private static byte[]? Utf8(long? number) => number is null ? null : Utf8(number.Value.ToString(CultureInfo.InvariantCulture));

    private static byte[] Utf8(Guid id)
    {
        var text = new byte[36];
        id.TryFormat(text, out _);
        return text;
    }

    private static byte[] Utf8(DateTimeOffset time)
    {
        var text = new byte[TimeLength];
        time.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        return text;
    }

    /// <summary>Parses what is not text, and remembers where the texts are: whoever only looks at a record makes none.</summary>
    private ref struct Reading(LogRecord record)
    {
        private const int None = -1;

        private readonly ReadOnlySpan<LogHeader> headers = record.HeaderSpan;
        private string? fault;
        private int type = None, source = None, actor = None, hash = None, saga = None, schema = None, parent = None, state = None;
        private Guid? id, correlation, causation;
        private DateTimeOffset? time, notBefore;
        private long? sequence, commandOffset, expected;
        private Outcome? outcome;

        /// <returns>Which header is missing or malformed; null when none is.</returns>
        public string? Read()
        {
            for (var i = 0; i < headers.Length; i++)
            {
                var name = headers[i].Name;
                var bytes = headers[i].Value.Span;
                switch (name)
                {
                    case "ce_id": id = Uuid(name, bytes); break;
                    case "ce_type": type = i; break;
                    case "ce_source": source = i; break;
                    case "ce_subject": break; // the key says it, and partitions by it
                    case "ce_time": time = Time(name, bytes); break;
                    case "ce_correlationid": correlation = Uuid(name, bytes); break;
                    case "ce_causationid": causation = Uuid(name, bytes); break;
                    case "ce_actor": actor = i; break;
                    case "ce_sequence": sequence = Number(name, bytes); break;
                    case "ce_commandoffset": commandOffset = Number(name, bytes); break;
                    case "ce_commandhash": hash = i; break;
                    case "ce_expectedsequence": expected = Number(name, bytes); break;
                    case "ce_outcome": outcome = OutcomeOf(name, bytes); break;
                    case "ce_saga": saga = i; break;
                    case "ce_notbefore": notBefore = Time(name, bytes); break;
                    case "ce_dataschema": schema = i; break;
                    case "traceparent": parent = i; break;
                    case "tracestate": state = i; break;
                }
            }

            if (!IsSubject(record.Key.Span)) fault ??= "its key is not a subject";
            if (id is null || id == Guid.Empty) fault ??= "it has no ce_id";
            if (type == None || headers[type].Value.IsEmpty) fault ??= "it has no ce_type";
            if (time is null || time == default(DateTimeOffset)) fault ??= "it has no ce_time";
            return fault;
        }

        /// <summary>What the record says, once it was read without a fault.</summary>
        public readonly Envelope Envelope()
        {
            var key = record.Key.Span;
            var slash = key.IndexOf((byte)'/');
            var subject = new Subject(Encoding.UTF8.GetString(key[..slash]), Encoding.UTF8.GetString(key[(slash + 1)..]));
            return new()
            {
                Id = id!.Value, Type = Text(type)!, Subject = subject, Time = time!.Value, Data = record.Value, Source = Source(), CorrelationId = correlation, // no fault
                CausationId = causation, Actor = Text(actor), Sequence = sequence, CommandOffset = commandOffset, CommandHash = Text(hash), ExpectedSequence = expected,
                Outcome = outcome, Saga = Text(saga), NotBefore = notBefore, DataSchema = Text(schema), TraceParent = Text(parent), TraceState = Text(state),
            };
        }

        private readonly string? Text(int header) => header == None ? null : Encoding.UTF8.GetString(headers[header].Value.Span);

        private readonly string Source() => source != None && headers[source].Value.Span.SequenceEqual("/cmdr"u8) ? "/cmdr" : Text(source) ?? "";

        /// <summary>As <see cref="Subject.TryParse"/> has it.</summary>
        private static bool IsSubject(ReadOnlySpan<byte> key) => key.IndexOf((byte)'/') is > 0 and var slash && slash < key.Length - 1 && System.Text.Unicode.Utf8.IsValid(key);

        private Guid? Uuid(string name, ReadOnlySpan<byte> bytes) =>
            Utf8Parser.TryParse(bytes, out Guid id, out var used, 'D') && used == bytes.Length ? id : Bad<Guid>(name);

        private long? Number(string name, ReadOnlySpan<byte> bytes) =>
            long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : Bad<long>(name);

        private DateTimeOffset? Time(string name, ReadOnlySpan<byte> bytes) => bytes is [.., (byte)'Z'] && bytes.Length == TimeLength
            && Utf8Parser.TryParse(bytes, out DateTimeOffset own, out var used, 'O') && used == TimeLength ? own : ForeignTime(name, bytes);

        private DateTimeOffset? ForeignTime(string name, ReadOnlySpan<byte> bytes) =>
            DateTimeOffset.TryParse(Encoding.UTF8.GetString(bytes), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                ? time
                : Bad<DateTimeOffset>(name);

        private Outcome? OutcomeOf(string name, ReadOnlySpan<byte> bytes) => bytes switch
        {
            _ when bytes.SequenceEqual("completed"u8) => Cmdr.Outcome.Completed,
            _ when bytes.SequenceEqual("refused"u8) => Cmdr.Outcome.Refused,
            _ => Bad<Outcome>(name),
        };

        private T? Bad<T>(string name)
            where T : struct
        {
            fault ??= $"its {name} is malformed";
            return null;
        }
    }
}
