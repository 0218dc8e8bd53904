using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cmdr.Bus.Tests;

public sealed class ProcessorMiddlewareTests
{
    private readonly MemoryLog log = new(4, TimeProvider.System);
    private readonly Till till = new();

    [Fact]
    public async Task MassTransit_s_retry_tries_in_place_before_anything_is_parked()
    {
        var tries = 0;
        till.Handle = (_, _) => Interlocked.Increment(ref tries) < 4 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        await log.Happen("till/a", new Paid(1));
        await using var host = await till.Open(log, processor => processor.UseMessageRetry(retry => retry.Immediate(3)));
        await host.Processed(log);
        Assert.Equal(4, tries);
        Assert.Empty(await log.Parked());
    }

    [Fact]
    public async Task No_more_subjects_are_handled_at_once_than_asked_for_and_never_two_events_of_one()
    {
        var (now, most) = (0, 0);
        var subjects = new ConcurrentDictionary<string, int>();
        var twice = false;
        till.Handle = async (e, _) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref now));
            twice |= subjects.AddOrUpdate(e.Subject.Id, 1, (_, count) => count + 1) > 1;
            await Task.Yield();
            subjects.AddOrUpdate(e.Subject.Id, 0, (_, count) => count - 1);
            Interlocked.Decrement(ref now);
        };
        for (var n = 0; n < 300; n++) await log.Happen($"till/{n % 20}", new Paid(n));
        await using var host = await till.Open(log, processor => processor.ConcurrentSubjects = 3);
        await host.Processed(log);
        Assert.Equal(300, till.Handled.Count);
        Assert.InRange(most, 2, 3);
        Assert.False(twice);
    }

    [Fact]
    public async Task A_concurrency_limit_of_MassTransit_s_holds()
    {
        var (now, most) = (0, 0);
        till.Handle = async (_, _) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref now));
            await Task.Yield();
            Interlocked.Decrement(ref now);
        };
        for (var n = 0; n < 100; n++) await log.Happen($"till/{n}", new Paid(n));
        await using var host = await till.Open(log, processor => processor.UseConcurrencyLimit(1));
        await host.Processed(log);
        Assert.Equal((100, 1), (till.Handled.Count, most));
    }

    [Fact]
    public async Task Each_event_has_a_scope_which_its_filters_share()
    {
        var scopes = new ConcurrentQueue<(Scoped InFilter, Scoped InConsumer)>();
        await log.Happen("till/a", new Paid(1), new Paid(2));
        await using var host = await LogHost.Start(log, cmdr =>
        {
            cmdr.Services.AddSingleton(scopes).AddScoped<Scoped>();
            cmdr.Processor<ScopedConsumer>((context, processor) => processor.UseConsumeFilter(typeof(ScopedFilter<>), context));
        });
        await host.Processed(log, "scoped-consumer");
        Assert.Equal(2, scopes.Count);
        Assert.All(scopes, pair => Assert.Same(pair.InFilter, pair.InConsumer));
        Assert.NotSame(scopes.First().InConsumer, scopes.Last().InConsumer);
    }

    [Theory]
    [InlineData("is one too many", typeof(TillConsumer), typeof(ScopedConsumer))]
    [InlineData("consumes Slice, of which a processor gets none", typeof(SliceHandler))]
    [InlineData("consumes INobody, which no declared event is", typeof(Lonely))]
    [InlineData("which are the event 'paid'", typeof(Torn))]
    [InlineData("needs one, by e.ConfigureConsumer")]
    public async Task A_processor_that_cannot_work_stops_the_start_and_says_why(string says, params Type[] consumers)
    {
        var refusal = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var host = await LogHost.Start(log, cmdr => cmdr.Bus(bus => bus.AddRider(rider =>
            {
                foreach (var consumer in consumers) rider.AddConsumer(consumer);
                rider.UsingLog((context, riding) => riding.ProcessorEndpoint("wrong", processor =>
                {
                    foreach (var consumer in consumers) processor.ConfigureConsumer(context, consumer);
                }));
            })));
        });
        Assert.Contains(says, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_processors_of_one_group_stop_the_start()
    {
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => LogHost.Start(log, cmdr => cmdr.Processor<TillConsumer>(group: "same").Processor<ScopedConsumer>(group: "same")));
        Assert.Contains("The group 'same' has a log endpoint already", refusal.ToString(), StringComparison.Ordinal);
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most)) Interlocked.CompareExchange(ref most, now, seen);
    }

    internal interface INobody;

    internal sealed class Scoped;

    internal sealed class ScopedFilter<TMessage>(Scoped scoped) : IFilter<ConsumeContext<TMessage>>
        where TMessage : class
    {
        public Task Send(ConsumeContext<TMessage> context, IPipe<ConsumeContext<TMessage>> next)
        {
            context.AddOrUpdatePayload(() => scoped, _ => scoped);
            return next.Send(context);
        }

        public void Probe(ProbeContext context)
        {
        }
    }

    internal sealed class ScopedConsumer(Scoped scoped, ConcurrentQueue<(Scoped InFilter, Scoped InConsumer)> scopes) : IConsumer<Paid>
    {
        public Task Consume(ConsumeContext<Paid> context)
        {
            scopes.Enqueue((context.GetPayload<Scoped>(), scoped));
            return Task.CompletedTask;
        }
    }

    internal sealed class Lonely : IConsumer<INobody>
    {
        public Task Consume(ConsumeContext<INobody> context) => Task.CompletedTask;
    }

    internal sealed class Torn : IConsumer<Paid>, IConsumer<Takings>
    {
        public Task Consume(ConsumeContext<Paid> context) => Task.CompletedTask;

        public Task Consume(ConsumeContext<Takings> context) => Task.CompletedTask;
    }
}
