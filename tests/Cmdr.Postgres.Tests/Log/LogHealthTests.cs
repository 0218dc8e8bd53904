using System.Globalization;
using Cmdr.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>What the health of the log says of several members of one group in one host.</summary>
public sealed class LogHealthTests(PostgresServer server)
{
    private static readonly LogGroup Group = new("group", ["in"], PositionKeeping.WithOutputs);

    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_member_that_does_well_hides_no_fault_of_another()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 4);
        await host.Log.EndOf("out", stop);
        await host.Execute(
            """
            create function public.fault() returns trigger language plpgsql as $$ begin
                if new.topic = (select id from cmdr_log.topic where name = 'out') then raise exception 'poisoned'; end if;
                return new;
            end $$;
            create trigger fault before insert on cmdr_log.batch for each row when (position('poison'::bytea in new.payload) > 0) execute function public.fault();
            """, stop);
        RecordingConsumer[] members = [new("out"), new("out")];
        foreach (var member in members) host.Consume(Group, member);
        await LogHost.Until(() => members.All(member => member.Owned.Count == 2), "they share", stop);

        var poisoned = Assert.Single(await host.Log.Append("in", [LogHost.Record("key", "poison")], stop)).TopicPartition;
        await LogHost.Until(async () => await Status(host) == HealthStatus.Unhealthy, "health says that a member cannot commit", stop);
        var well = members.Single(member => !member.Owned.ContainsKey(poisoned));
        var key = Enumerable.Range(0, 100).Select(n => n.ToString(CultureInfo.InvariantCulture))
            .First(key => well.Owned.ContainsKey(new("in", Murmur2.Partition(LogHost.Record(key, "").Key.Span, 4))));
        for (var n = 1; n <= 20; n++)
        {
            await host.Log.Append("in", [LogHost.Record(key, $"{n}")], stop);
            await LogHost.Until(() => well.Consumed.Count == n, "the other member commits", stop);
            Assert.Equal(HealthStatus.Unhealthy, await Status(host));
        }

        await host.Execute("drop trigger fault on cmdr_log.batch", stop);
        await LogHost.Until(async () => await Status(host) == HealthStatus.Healthy, "health says that all is well", stop);
    }

    [Fact]
    public async Task What_a_member_that_left_could_not_do_is_well_once_another_can()
    {
        await using var host = new LogHost(await server.Database(stop));
        var (gone, other) = (host.Log.Health.OfMember(), host.Log.Health.OfMember());

        gone.Faulty("do it", new InvalidOperationException("It cannot."));
        other.Well("do it");
        Assert.Equal(HealthStatus.Unhealthy, await Status(host));

        gone.Leave();
        Assert.Equal(HealthStatus.Unhealthy, await Status(host));
        other.Well("do it");
        Assert.Equal(HealthStatus.Healthy, await Status(host));
    }

    private async Task<HealthStatus> Status(LogHost host) => (await host.Log.Health.CheckHealthAsync(new(), stop)).Status;
}
