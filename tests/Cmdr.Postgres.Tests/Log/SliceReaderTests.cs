using Cmdr.Testing;
using Xunit;

namespace Cmdr.Postgres.Tests;

public sealed class SliceReaderTests(PostgresServer server)
{
    private static readonly LogGroup Group = new("group", ["in"], PositionKeeping.AfterSlice) { MaxSliceRecords = 10 };

    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_could_not_be_read_ahead_is_read_when_it_is_wanted()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 1);
        await host.AppendNumbers("in", 20, stop);
        var topic = await new TopicIds(host.Source).Of("in", stop);
        OwnedPartition[] owned = [new(new("in", 0), new(new(topic, 0), 1, 0, 0), keepsPosition: true, () => { })];
        var reader = new SliceReader(host.Source, Group, new RecordingConsumer());
        var first = await reader.Read(owned, stop);
        var next = first[^1].Position.Offset + 1;

        reader.ReadAhead(owned, new(first, new Dictionary<TopicPartition, long> { [owned[0].Partition] = next }, []), new CancellationToken(canceled: true));
        owned[0].Next = next;
        var second = await reader.Read(owned, stop);

        Assert.Equal(next, second[0].Position.Offset);
    }
}
