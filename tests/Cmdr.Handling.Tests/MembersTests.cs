using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Cmdr.Handling.Tests;

/// <summary>One host that takes part in the group as several members.</summary>
public sealed class MembersTests
{
    private const int Tallies = 40;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_members_of_a_host_share_its_partitions_and_answer_each_command_once_in_order()
    {
        using var host = Host(members: 3);
        await host.StartAsync(Stop);
        var (log, status) = (host.Services.GetRequiredService<ILog>(), host.Services.GetRequiredService<HandlingStatus>());
        Assert.Equal(["handling", "handling~2", "handling~3"], Endpoints(host).Order());

        for (var n = 0; n < 400; n++) await log.Append(Topics.Commands, [Desk.Command(new Add($"t{n % Tallies}", n))], Stop);
        var end = await log.EndOf(Topics.Commands, Stop);
        await Until(() => status.Partitions.Count == end.Next.Length && status.Partitions.All(partition => partition.Position == end.Next[partition.Partition]));

        var answers = await Answers(log);
        Assert.Equal(400, answers.Select(answer => answer.CausationId).Distinct().Count());
        Assert.Equal(400, answers.Count(answer => answer.Outcome is not null));
        Assert.All(answers.GroupBy(answer => answer.Subject), tally => Assert.Equal(Enumerable.Range(1, 10).Select(n => (long?)n), tally.Select(answer => answer.Sequence)));
        await host.StopAsync(Stop);
    }

    [Fact]
    public void As_how_many_members_is_refused_out_of_bounds() =>
        Assert.Equal("Cmdr:HandlingMembers is '0'; set it to a whole number from 1 to 64.", Assert.Throws<SettingException>(() => Host(members: 0)).Message);

    [Fact]
    public async Task A_member_that_was_away_does_not_forget_what_another_of_its_host_took_over()
    {
        var (log, status) = (new MemoryLog(1, TimeProvider.System), new HandlingStatus(TimeProvider.System));
        var (away, heir) = (Desk.NewOwner(log, status, TimeProvider.System), Desk.NewOwner(log, status, TimeProvider.System));
        await heir.Assigned([new Owned()], Stop);
        await away.Assigned([new Owned()], Stop); // it was about to, when it was expelled

        await away.Lost([new Owned().Partition], Stop);

        Assert.True(Assert.Single(status.Partitions).IsRestored);
        await heir.Revoked([new Owned().Partition], Stop);
        Assert.Empty(status.Partitions);
    }

    private static IHost Host(int members)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Cmdr:HandlingMembers"] = $"{members}" });
        builder.AddCmdr(cmdr => cmdr.AddMemoryLog().AddHandling().Module<TallyModule>());
        return builder.Build();
    }

    private static IEnumerable<string> Endpoints(IHost host) => host.Services.GetRequiredService<IBusControl>().CheckHealth().Endpoints.Values
        .Select(endpoint => endpoint.InputAddress.Segments[^1]).Where(name => name.StartsWith("handling", StringComparison.Ordinal));

    private static async Task<IReadOnlyList<Envelope>> Answers(ILog log)
    {
        var end = await log.EndOf(Topics.Events, Stop);
        var positions = end.Next.SelectMany((next, partition) => Enumerable.Range(0, (int)next).Select(offset => new Position(Topics.Events, partition, offset)));
        return [.. (await log.ReadAt([.. positions], Stop)).OfType<LoggedRecord>().Select(CloudEventBinding.Read)];
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !condition(); await Task.Delay(5, Stop))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(10), "It did not come to that in 10 s.");
        }
    }

    private sealed record Owned : IOwnedPartition
    {
        public TopicPartition Partition => new(Topics.Commands, 0);

        public long? GroupPosition => null;

        public void RequestSlice(DateTimeOffset due) => throw new NotSupportedException();
    }
}
