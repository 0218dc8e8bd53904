using System.Runtime.InteropServices;

namespace Cmdr;

/// <summary>A record as any log keeps it: key, value and headers are bytes to the log.</summary>
/// <param name="Key">Decides the partition. Never null; need not be UTF-8.</param>
/// <param name="Value">The body; may be empty.</param>
/// <param name="Headers">In their order; names may repeat; unknown ones are kept.</param>
public sealed record LogRecord(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, IReadOnlyList<LogHeader> Headers)
{
    /// <summary>The most bytes that key, value and headers may have together: 1 MiB and 64 KiB for its attributes.</summary>
    public const int MaxBytes = (1024 + 64) * 1024;

    /// <summary>The bytes of key, value and headers together.</summary>
    public int Bytes
    {
        get
        {
            var bytes = Key.Length + Value.Length;
            foreach (ref readonly var header in HeaderSpan) bytes += header.Name.Length + header.Value.Length;
            return bytes;
        }
    }

    /// <summary>The headers without a call for each, since all of them are looked at several times: arrays are what logs read, lists what is to be appended.</summary>
    internal ReadOnlySpan<LogHeader> HeaderSpan => Headers switch
    {
        LogHeader[] array => array,
        List<LogHeader> list => CollectionsMarshal.AsSpan(list),
        var others => others.ToArray(),
    };
}

/// <summary>One header of a record.</summary>
/// <param name="Name">As on the log, such as <c>ce_id</c>.</param>
/// <param name="Value">UTF-8 for the headers of the contract, any bytes for others.</param>
public readonly record struct LogHeader(string Name, ReadOnlyMemory<byte> Value);

/// <summary>A record that is on the log.</summary>
/// <param name="Position">Where.</param>
/// <param name="Record">What.</param>
public sealed record LoggedRecord(Position Position, LogRecord Record);
