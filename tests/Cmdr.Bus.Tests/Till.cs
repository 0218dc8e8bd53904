using System.Collections.Concurrent;
using System.Text;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cmdr.Bus.Tests;

public abstract record TillEvent;

public sealed record Paid(int Amount) : TillEvent;

public sealed record Refunded(int Amount) : TillEvent;

/// <summary>Writes events as anyone may, and tells what became of them.</summary>
internal static class Events
{
    public const string Group = "handling-till";

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static Envelope Envelope(string subject, object e, Guid? id = null) => new()
    {
        Id = id ?? Guid.CreateVersion7(),
        Type = Naming.Of(e.GetType()),
        Subject = Subject.TryParse(subject, out var about) ? about : throw new ArgumentException(subject, nameof(subject)),
        Time = DateTimeOffset.UtcNow,
        Data = Codec.Encode(e),
    };

    public static Task<IReadOnlyList<Position>> Happen(this ILog log, string subject, params object[] events) =>
        log.Append(Topics.Events, [.. events.Select(e => CloudEventBinding.Write(Envelope(subject, e)))], Stop);

    /// <summary>What is parked, as the door says.</summary>
    public static async Task<IReadOnlyList<ParkedEvent>> Parked(this ILog log, string? group = null)
    {
        using var door = new ParkedDoor(log, TimeProvider.System);
        return [.. (await door.List(new(group), new(PageRequest.MaxSize), Stop)).Items.Select(item => item.Value)];
    }

    public static async Task HasParked(this ILog log, int count)
    {
        for (var began = TimeProvider.System.GetTimestamp(); (await log.Parked()).Count != count; await Task.Delay(5, Stop))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < LogHost.Deadline, $"Parked were {string.Join("; ", await log.Parked())}");
        }
    }

    public static async Task<Position?> Retry(this ILog log, string subject, string group = Group)
    {
        using var door = new ParkedDoor(log, TimeProvider.System);
        return await door.Retry(group, SubjectOf(subject), null, Stop);
    }

    public static async Task<Position?> Drop(this ILog log, string subject, Position? position = null, string group = Group)
    {
        using var door = new ParkedDoor(log, TimeProvider.System);
        return await door.Drop(group, SubjectOf(subject), position, null, Stop);
    }

    public static Subject SubjectOf(string text) => Subject.TryParse(text, out var subject) ? subject : throw new ArgumentException(text, nameof(text));

    /// <summary>Waits until a host's processor has handled or parked all that is on the log.</summary>
    public static async Task Processed(this LogHost host, ILog log, string group = Group)
    {
        var end = await log.EndOf(Topics.Events, Stop);
        Assert.True(await host.Services.GetRequiredService<ProcessorProgress>().Reach(group, end, LogHost.Deadline, Stop), "The processor did not come to the log's end.");
    }

    public static string Text(LoggedRecord record) => Encoding.UTF8.GetString(record.Record.Key.Span);
}

/// <summary>Notes what a test's processor handled, and fails what the test wants to fail.</summary>
internal sealed class Till
{
    public ConcurrentQueue<(string Subject, object Event)> Handled { get; } = [];

    /// <summary>Called before each is noted.</summary>
    public Func<Recorded<TillEvent>, CancellationToken, Task> Handle { get; set; } = (_, _) => Task.CompletedTask;

    public IEnumerable<object> Of(string subject) => Handled.Where(one => one.Subject == subject).Select(one => one.Event);

    /// <summary>A host whose processor handles for this till, without pauses between tries unless told.</summary>
    public Task<LogHost> Open(ILog log, Action<IProcessorConfigurator>? configure = null, ConcurrentQueue<string>? lines = null, int members = 1) => LogHost.Start(log, cmdr =>
    {
        cmdr.Services.AddSingleton(this);
        cmdr.Processor<TillConsumer>(
            processor =>
            {
                processor.Backoff = [];
                configure?.Invoke(processor);
            },
            Events.Group,
            members);
    }, lines);
}

internal sealed class TillConsumer(Till till) : IConsumer<TillEvent>
{
    public async Task Consume(ConsumeContext<TillEvent> context)
    {
        var recorded = context.Recorded();
        await till.Handle(recorded, context.CancellationToken);
        till.Handled.Enqueue((recorded.Subject.ToString(), recorded.Event));
    }
}
