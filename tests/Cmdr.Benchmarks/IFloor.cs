namespace Cmdr.Benchmarks;

/// <summary>The bare equivalents of what a log does, on the server that the log is on: an ordinary client of it, the same records and settings, nothing else.</summary>
internal interface IFloor : IAsyncDisposable
{
    /// <summary>Records per second that one bare writer appends, again and again the same.</summary>
    Task<double> AppendRate(IReadOnlyList<LogRecord> records, TimeSpan time, CancellationToken stop);

    /// <summary>Writes what is then read and copied.</summary>
    Task Fill(IReadOnlyList<LogRecord> records, CancellationToken stop);

    /// <summary>Records per second of one bare reader of what was filled, which does <paramref name="each"/> with every value.</summary>
    Task<double> ReadRate(Action<byte[]> each, CancellationToken stop);

    /// <summary>Records per second of the bare hop over what was filled: read some, write as many elsewhere, move the position, all in one transaction.</summary>
    Task<double> HopRate(CancellationToken stop);
}
