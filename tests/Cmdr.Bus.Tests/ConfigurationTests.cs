using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Cmdr.Bus.Tests.Words;

namespace Cmdr.Bus.Tests;

public sealed class ConfigurationTests
{
    private readonly MemoryLog log = new(1, TimeProvider.System);

    [Fact]
    public async Task An_endpoint_without_a_consumer_of_slices_stops_the_start() =>
        Assert.Contains("needs one IConsumer<Slice>", await Refused(cmdr => cmdr.LogEndpoint(Copying(), _ => { }, (_, _) => { })), StringComparison.Ordinal);

    [Fact]
    public async Task A_second_consumer_of_an_endpoint_s_slices_stops_the_start() => Assert.Contains(
        "is one too many",
        await Refused(cmdr => cmdr.LogEndpoint(
            Copying(),
            rider =>
            {
                rider.AddConsumer<Announcer>();
                rider.AddConsumer<SliceHandler>();
            },
            (context, endpoint) =>
            {
                endpoint.ConfigureConsumer<Announcer>(context);
                endpoint.ConfigureConsumer<SliceHandler>(context);
            })),
        StringComparison.Ordinal);

    [Fact]
    public async Task A_consumer_of_anything_else_stops_the_start() => Assert.Contains(
        "Listener consumes Announced, but a log endpoint delivers Slice only",
        await Refused(cmdr => cmdr.LogEndpoint(Copying(), rider => rider.AddConsumer<Listener>(), (context, endpoint) => endpoint.ConfigureConsumer<Listener>(context))),
        StringComparison.Ordinal);

    [Fact]
    public async Task A_handler_of_slices_is_no_consumer_and_stops_the_start() => Assert.Contains(
        "needs one IConsumer<Slice>",
        await Refused(cmdr => cmdr.LogEndpoint(Copying(), _ => { }, (_, endpoint) => endpoint.Handler<Slice>(_ => Task.CompletedTask))),
        StringComparison.Ordinal);

    [Fact]
    public async Task A_handler_beside_the_consumer_of_slices_stops_the_start() => Assert.Contains(
        "write an IConsumer<Slice>",
        await Refused(cmdr => cmdr.Slices(Copying(), (_, _) => Task.CompletedTask, endpoint => endpoint.Handler<Slice>(_ => Task.CompletedTask))),
        StringComparison.Ordinal);

    [Fact]
    public async Task A_second_endpoint_of_a_group_stops_the_start() => Assert.Contains(
        "The group 'copying' has a log endpoint already",
        await Refused(cmdr => cmdr.Slices(Copying(), (_, _) => Task.CompletedTask).Slices(Copying(), (_, _) => Task.CompletedTask)),
        StringComparison.Ordinal);

    [Fact]
    public async Task A_team_s_own_transport_takes_the_place_of_the_one_in_memory()
    {
        await using var host = LogHost.Build(log, cmdr => cmdr.Bus(bus => bus.UsingInMemory(new Uri("loopback://elsewhere/"))).Slices(Copying(), (_, _) => Task.CompletedTask));
        Assert.Equal("elsewhere", host.Services.GetRequiredService<IBus>().Address.Host);
    }

    [Fact]
    public async Task A_host_that_uses_neither_verb_has_no_bus()
    {
        await using var host = LogHost.Build(log, _ => { });
        Assert.Null(host.Services.GetService<IBus>());
    }

    private async Task<string> Refused(Action<CmdrBuilder> configure)
    {
        var refusal = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var host = LogHost.Build(log, configure);
            await host.Start();
        });
        return refusal.ToString();
    }
}
