using System.Diagnostics;
using System.Security.Cryptography;

namespace Cmdr.Handling;

/// <summary>Writes the records that answer one command: all carry its offset, and the first the hash of its body.</summary>
internal struct Answer(Envelope command, long offset, Hash hash, DateTimeOffset time, Activity? span)
{
    private static readonly string Refused = Naming.Of(typeof(CommandRefused));
    private static readonly string Completed = Naming.Of(typeof(CommandCompleted));
    private static readonly byte[] CompletedData = Codec.Encode(new CommandCompleted());

    private int ordinal;

    /// <summary>The type of the record that answers a repeat.</summary>
    public static string Repeated { get; } = Naming.Of(typeof(CommandRepeated));

    public LogRecord Event(EncodedEvent e, long sequence, bool isLast) => Record(e.Type, e.Data, sequence, isLast ? Outcome.Completed : null);

    public LogRecord Complete() => Record(Completed, CompletedData, null, Outcome.Completed);

    public LogRecord Refuse(Refusal refusal) => Record(Refused, Codec.Encode(new CommandRefused(refusal.Code, refusal.Message)), null, Outcome.Refused);

    public LogRecord Repeat(in RememberedCommand first) => Record(
        Repeated,
        Codec.Encode(new CommandRepeated(first.Offset, first.Outcome, first.Refusal?.Code, first.Refusal?.Message, first.Hash != hash.Half)),
        null,
        null);

    private LogRecord Record(string type, byte[] data, long? sequence, Outcome? outcome)
    {
        var record = CloudEventBinding.Write(new()
        {
            Id = DerivedId.Of(command.Subject, command.Id, offset, ordinal),
            Type = type,
            Subject = command.Subject,
            Time = time,
            Data = data,
            CorrelationId = command.CorrelationId,
            CausationId = command.Id,
            Actor = command.Actor,
            Sequence = sequence,
            CommandOffset = offset,
            CommandHash = ordinal == 0 ? hash.ToString() : null,
            Outcome = outcome,
            Saga = command.Saga,
            TraceParent = span?.Id ?? command.TraceParent,
            TraceState = span is null ? command.TraceState : span.TraceStateString,
        });
        ordinal++;
        return record.Bytes <= LogRecord.MaxBytes ? record : throw new UndecidableException($"its answer '{type}' has {record.Bytes} bytes, and the log takes {LogRecord.MaxBytes}");
    }
}

/// <summary>The SHA-256 of a command's body.</summary>
internal readonly struct Hash
{
    private readonly byte[] bytes;

    private Hash(byte[] bytes) => this.bytes = bytes;

    /// <summary>The first half, which is what a subject remembers.</summary>
    public UInt128 Half => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);

    public static Hash Of(ReadOnlySpan<byte> body) => new(SHA256.HashData(body));

    /// <summary>The half of a hash as the log has it.</summary>
    public static UInt128 HalfOf(string hex) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(Convert.FromHexString(hex.AsSpan(0, 32)));

    /// <summary>Lower-case hex.</summary>
    public override string ToString() => Convert.ToHexStringLower(bytes);
}
