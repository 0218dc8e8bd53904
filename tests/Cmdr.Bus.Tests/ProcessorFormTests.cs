using System.Collections.Concurrent;
using System.Text;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Cmdr.Bus.Tests;

public sealed class ProcessorFormTests
{
    private readonly MemoryLog log = new(2, TimeProvider.System);
    private readonly ConcurrentQueue<object> seen = [];

    [Fact]
    public async Task What_MassTransit_asks_of_a_message_the_envelope_answers()
    {
        var envelope = Events.Envelope("till/a", new Paid(7)) with { CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid(), Actor = "ann", Sequence = 4 };
        var position = (await log.Append(Topics.Events, [CloudEventBinding.Write(envelope)], Events.Stop))[0];
        await using var host = await Start<Curious>();
        await host.Processed(log, "curious");
        Assert.Equal(
            [envelope.Id, envelope.CorrelationId, envelope.CausationId, envelope.Time.UtcDateTime, "ann", position, new Recorded<Paid>(new(7), Events.SubjectOf("till/a"), 4, envelope.Time, position, "ann"), "paid"],
            seen);
    }

    [Fact]
    public async Task An_event_may_be_asked_for_with_what_the_log_knows_of_it()
    {
        await log.Happen("till/a", new Paid(1), new Refunded(2));
        await using var host = await Start<Recording>();
        await host.Processed(log, "recording");
        Assert.Equal([new Paid(1), new Refunded(2)], seen.Cast<Recorded<TillEvent>>().Select(recorded => recorded.Event));
    }

    [Fact]
    public async Task A_module_reads_what_another_writes_with_a_record_of_its_own()
    {
        await log.Happen("till/a", new Paid(5));
        await using var host = await Start<Foreigner>();
        await host.Processed(log, "foreigner");
        Assert.Equal([new Takings(5)], seen);
    }

    [Fact]
    public async Task Records_of_any_type_reach_who_asks_for_them_as_they_are()
    {
        await log.Happen("till/a", new Paid(1));
        await log.Append(Topics.Events, [CloudEventBinding.Write(Events.Envelope("till/a", new Paid(1)) with { Type = "nobody-declares" })], Events.Stop);
        await log.Append(Topics.Events, [new(new byte[] { 0xff }, Encoding.UTF8.GetBytes("?"), [])], Events.Stop);
        await using var host = await Start<Archivist>();
        await host.Processed(log, "archivist");
        Assert.Equal(3, seen.Count);
        Assert.Equal(["nobody-declares", "paid"], seen.Cast<LoggedRecord>().Select(one => CloudEventBinding.TryRead(one.Record, out var envelope, out _) ? envelope.Type : "").Where(type => type.Length > 0).Order());
    }

    [Fact]
    public async Task Envelopes_of_any_type_come_and_what_has_none_is_parked()
    {
        await log.Append(Topics.Events, [CloudEventBinding.Write(Events.Envelope("till/a", new Paid(1)) with { Type = "nobody-declares" })], Events.Stop);
        await log.Append(Topics.Events, [new(new byte[] { 0xff }, Encoding.UTF8.GetBytes("?"), [])], Events.Stop);
        await using var host = await Start<Historian>();
        await host.Processed(log, "historian");
        Assert.Equal("nobody-declares", Assert.IsType<HistoryRecord>(Assert.Single(seen)).Envelope.Type);
        Assert.Equal("unreadable", Assert.Single(await log.Parked()).Subject.Category);
    }

    [Fact]
    public async Task Events_that_no_consumer_asks_for_are_passed()
    {
        await log.Happen("till/a", new Refunded(1), new Paid(2));
        await using var host = await Start<Foreigner>();
        await host.Processed(log, "foreigner");
        Assert.Equal([new Takings(2)], seen);
    }

    [Fact]
    public async Task MassTransit_s_test_harness_sees_what_a_processor_consumed()
    {
        await log.Happen("till/a", new Paid(5));
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<ILog>(log).AddSingleton(seen).AddMassTransitTestHarness(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddRider(rider =>
            {
                rider.AddConsumer<Foreigner>();
                rider.UsingLog((context, riding) => riding.ProcessorEndpoint("harnessed", processor => processor.ConfigureConsumer<Foreigner>(context)));
            });
        });
        using var host = builder.Build();
        var harness = host.Services.GetRequiredService<ITestHarness>();
        await harness.Start();
        Assert.True(await harness.Consumed.Any<Takings>(takings => takings.Context.Message.Amount == 5, Events.Stop));
        await harness.Stop(Events.Stop);
    }

    private Task<LogHost> Start<TConsumer>()
        where TConsumer : class, IConsumer => LogHost.Start(log, cmdr =>
    {
        cmdr.Services.AddSingleton(seen);
        cmdr.Processor<TConsumer>(processor => processor.Backoff = []);
    });

    private sealed class Curious(ConcurrentQueue<object> seen) : IConsumer<Paid>
    {
        public Task Consume(ConsumeContext<Paid> context)
        {
            seen.Enqueue(context.MessageId!);
            seen.Enqueue(context.CorrelationId!);
            seen.Enqueue(context.InitiatorId!);
            seen.Enqueue(context.SentTime!);
            seen.Enqueue(context.Headers.Get<string>("ce_actor")!);
            seen.Enqueue(context.GetPayload<HistoryRecord>().Position);
            seen.Enqueue(context.Recorded());
            seen.Enqueue(context.Envelope().Type);
            return Task.CompletedTask;
        }
    }

    private sealed class Recording(ConcurrentQueue<object> seen) : IConsumer<Recorded<TillEvent>>
    {
        public Task Consume(ConsumeContext<Recorded<TillEvent>> context) => Note(seen, context.Message);
    }

    private sealed class Foreigner(ConcurrentQueue<object> seen) : IConsumer<Takings>
    {
        public Task Consume(ConsumeContext<Takings> context) => Note(seen, context.Message);
    }

    private sealed class Archivist(ConcurrentQueue<object> seen) : IConsumer<LoggedRecord>
    {
        public Task Consume(ConsumeContext<LoggedRecord> context) => Note(seen, context.Message);
    }

    private sealed class Historian(ConcurrentQueue<object> seen) : IConsumer<HistoryRecord>
    {
        public Task Consume(ConsumeContext<HistoryRecord> context) => Note(seen, context.Message);
    }

    private static Task Note(ConcurrentQueue<object> seen, object message)
    {
        seen.Enqueue(message);
        return Task.CompletedTask;
    }
}

/// <summary>What another module calls <see cref="Paid"/>.</summary>
[Name("paid")]
public sealed record Takings(int Amount);
