using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>Numbers are appended to one topic and copied to another under load, while something happens; then the two must be equal.</summary>
internal sealed class CopyTrial(string database, CancellationToken stop) : IAsyncDisposable
{
    private const int Keys = 40;

    private static readonly LogGroup Group = new("copy", ["in"], PositionKeeping.WithOutputs) { MaxSliceRecords = 100 };

    private readonly LogHost host = new(database, partitions: 4);
    private readonly ConcurrentBag<int> appended = [];
    private readonly ConcurrentBag<LogException> refused = [];
    private int last = -1;
    private volatile bool isEnough;

    public LogHost Host => host;

    /// <summary>How many numbers the log said that it has.</summary>
    public int Appended => appended.Count;

    public IReadOnlyCollection<LogException> Refused => refused;

    /// <summary>A host of its own that copies until it is stopped.</summary>
    public static (LogHost Host, RecordingConsumer Consumer) Copier(string database)
    {
        var (copier, consumer) = (new LogHost(database), new RecordingConsumer("out"));
        copier.Consume(Group, consumer);
        return (copier, consumer);
    }

    /// <summary>Appends under load until there were enough; a number that the log refused, or may have, is let go, and the next is tried.</summary>
    public Task Load(int appenders = 4) => Task.WhenAll(Enumerable.Range(0, appenders).Select(async appender =>
    {
        while (!isEnough)
        {
            var number = Interlocked.Increment(ref last);
            try
            {
                await host.Log.Append("in", [Record(appender, number)], stop);
                appended.Add(number);
            }
            catch (LogException refusal)
            {
                refused.Add(refusal);
                await Task.Delay(20, stop);
            }
        }
    }));

    public void Enough() => isEnough = true;

    /// <summary>Waits until everything was copied, and compares: nothing lost, nothing doubled, nothing out of order.</summary>
    public async Task Check()
    {
        var end = await host.Log.EndOf("in", stop);
        await LogHost.Until(async () => (await host.Log.EndOf("out", stop)).Next.Sum() >= end.Next.Sum(), "everything was copied", stop);
        var (original, copy) = (await Values("in"), await Values("out"));
        for (var partition = 0; partition < original.Length; partition++) Assert.Equal(original[partition], copy[partition]);
        var all = original.SelectMany(values => values).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.Empty(appended.Except(all.Select(value => value.Number)));
        // One appender's numbers rise, and each has keys of its own.
        foreach (var values in original)
        {
            foreach (var appender in values.GroupBy(value => value.Appender)) Assert.Equal(appender.Order(), appender);
        }
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static LogRecord Record(int appender, int number) => LogHost.Record($"{appender}-{number % Keys}", $"{appender} {number}");

    private async Task<List<(int Appender, int Number)>[]> Values(string topic)
    {
        var (end, description) = (await host.Log.EndOf(topic, stop), await host.Log.Describe(stop));
        var values = Enumerable.Range(0, description.Partitions).Select(_ => new List<(int, int)>()).ToArray();
        if (end.Next.Sum() == 0) return values;
        await foreach (var page in host.Log.Read(Cursor.Beginning(description, topic), stop))
        {
            foreach (var record in page.Records) values[record.Position.Partition].Add(Number(record));
            if (page.Cursor.Covers(end)) break;
        }

        return values;
    }

    private static (int Appender, int Number) Number(LoggedRecord record)
    {
        var parts = Encoding.UTF8.GetString(record.Record.Value.Span).Split(' ');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
