using System.Collections.Concurrent;
using Cmdr.Testing;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>Slices that append a lot.</summary>
public sealed class OutputTests(PostgresServer server)
{
    private const int MostAtOnce = 3;

    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Outputs_that_are_too_much_for_one_commit_come_of_fewer_records_at_a_time()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 4);
        await host.AppendNumbers("in", 40, stop);
        var handled = new ConcurrentQueue<int>();
        var large = new LogRecord("key"u8.ToArray(), new byte[1_000_000], []);
        var consumer = new RecordingConsumer("out")
        {
            Before = slice =>
            {
                // The same record many times over costs nothing where it is refused before it is packed.
                for (var n = 0; slice.Records.Count > MostAtOnce && n < 1100; n++) slice.Append("out", large);
                handled.Enqueue(slice.Records.Count);
                return Task.CompletedTask;
            },
        };

        host.Consume(new("group", ["in"], PositionKeeping.WithOutputs), consumer);
        await LogHost.Until(() => consumer.Consumed.Count == 40, "it consumed everything", stop);

        Assert.Contains(handled, count => count > MostAtOnce);
        Assert.Equal(handled.Count(count => count > MostAtOnce), consumer.Aborted);
        Assert.Equal(40, (await host.Values("out", stop)).Count);
    }
}
