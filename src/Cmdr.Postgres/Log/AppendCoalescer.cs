using System.Diagnostics;
using System.Diagnostics.Metrics;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>
/// Merges concurrent appends into few writes without ever waiting for more: the caller that finds the writer idle sets it to work, and what arrives while a
/// write is under way goes with the next.
/// </summary>
internal sealed class AppendCoalescer(NpgsqlDataSource source, Announcer announcer) : IAsyncDisposable
{
    private const int MaxRecords = 1000;
    private const int MaxBytes = 4 * 1024 * 1024;
    private static readonly Histogram<double> Duration =
        Telemetry.Meter.CreateHistogram<double>("cmdr.log.append", "s", "How long one write of merged appends takes");

    private readonly Lock gate = new();
    private readonly Queue<AppendCall> waiting = [];
    private readonly KeptConnection connection = new(source);
    private Task writing = Task.CompletedTask;
    private bool isWriting;
    private int partitions;
    private Guid identity;

    internal void Append(AppendCall call, LogDescription log)
    {
        lock (gate)
        {
            (partitions, identity) = (log.Partitions, Guid.Parse(log.Identity));
            waiting.Enqueue(call);
            if (!isWriting)
            {
                isWriting = true;
                writing = Task.Run(WriteAll);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await writing.ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task WriteAll()
    {
        while (true)
        {
            await Gather().ConfigureAwait(false);
            if (NextCalls() is not { Count: > 0 } calls) return;
            if (await Write(calls).ConfigureAwait(false) is not { } fault) continue;
            // One call's records must not fail another's: each call is tried alone.
            var alone = Fault.IsOfRecords(fault) && calls.Count > 1;
            foreach (var call in calls)
            {
                if (!alone) call.Fail(fault);
                else if (await Write([call]).ConfigureAwait(false) is { } own) call.Fail(own);
            }
        }
    }

    /// <summary>Steps aside while callers arrive: those whom one write has answered come back one by one, and belong together in the next.</summary>
    private async Task Gather()
    {
        for (int seen = -1, now = Count(); now > seen && now < MaxRecords; (seen, now) = (now, Count())) await Task.Yield();

        int Count()
        {
            lock (gate) return waiting.Count;
        }
    }

    /// <summary>Some of the calls that wait; none when the writer may rest.</summary>
    private List<AppendCall> NextCalls()
    {
        lock (gate)
        {
            var calls = new List<AppendCall>();
            var (records, bytes) = (0, 0L);
            while (waiting.TryPeek(out var call))
            {
                if (calls.Count > 0 && (records + call.Records > MaxRecords || bytes + call.Bytes > MaxBytes)) break;
                waiting.Dequeue();
                if (!call.TryTake()) continue;
                calls.Add(call);
                records += call.Records;
                bytes += call.Bytes;
            }

            isWriting = calls.Count > 0;
            return calls;
        }
    }

    /// <summary>Writes calls as one statement, which is its own transaction, and answers them; the fault, if any, is left to answer.</summary>
    private async Task<Exception?> Write(List<AppendCall> calls)
    {
        using var batch = new RecordBatch();
        try
        {
            foreach (var call in calls) call.AddTo(batch, partitions);
            var started = Stopwatch.GetTimestamp();
            var bases = await Send(batch).ConfigureAwait(false);
            Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
            announcer.Appended(batch.TopicIds);
            var first = 0;
            foreach (var call in calls)
            {
                call.Succeed(batch, first, bases);
                first += call.Records;
            }

            return null;
        }
        catch (Exception exception)
        {
            await connection.Discard().ConfigureAwait(false);
            return exception;
        }
    }

    private async Task<long[]> Send(RecordBatch batch)
    {
        NpgsqlConnection open;
        try
        {
            open = await connection.Open(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            throw new AppendNotSentException(exception);
        }

        var bases = await Query.Rows(
            open, Sql.Append, Bind, row => row.IsDBNull(0) ? null : row.GetFieldValue<long[]>(0), CancellationToken.None).ConfigureAwait(false);
        return bases[0] ?? throw new LogException("the log was dropped or created anew under this host; restart it");

        void Bind(NpgsqlParameterCollection parameters)
        {
            batch.AddTo(parameters);
            parameters.With(identity);
        }
    }
}
