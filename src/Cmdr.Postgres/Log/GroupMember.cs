using Microsoft.Extensions.Logging;

namespace Cmdr.Postgres;

/// <summary>One member of a group: a loop that follows what the group's state asks for, hands slices to the consumer, and commits them.</summary>
internal sealed partial class GroupMember : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly LogParts parts;
    private readonly LogGroup settings;
    private readonly IReadOnlyDictionary<short, string> topics;
    private readonly short group;
    private readonly string part;
    private readonly KeptConnection connection;
    private readonly Holdings holdings;
    private readonly SlicePump slices;
    private readonly AsyncSignal wake = new();
    private readonly Backoff backoff = new();
    private readonly Pace starting = new();
    private Membership? membership;

    private GroupMember(LogParts parts, LogDescription log, LogGroup settings, short group, IReadOnlyDictionary<short, string> topics, ILogConsumer consumer)
    {
        (this.parts, this.settings, this.group, this.topics) = (parts, settings, group, topics);
        part = $"consume for the group {settings.Name}";
        connection = new(parts.Source);
        holdings = new(parts, connection, consumer, settings, group, topics, wake.Set);
        slices = new(parts, settings, new(parts.Source, settings, consumer), new(parts, connection, log, group, settings.Name, part), consumer);
    }

    internal static async Task<GroupMember> Create(LogParts parts, LogDescription log, LogGroup settings, ILogConsumer consumer, CancellationToken cancellationToken)
    {
        var topics = new Dictionary<short, string>();
        foreach (var topic in settings.Topics) topics[await parts.Topics.Of(topic, cancellationToken).ConfigureAwait(false)] = topic;
        return new(parts, log, settings, await parts.Topics.OfGroup(settings.Name, cancellationToken).ConfigureAwait(false), topics, consumer);
    }

    internal async Task Run(CancellationToken cancellationToken)
    {
        using var appends = parts.Wakeups.Subscribe([.. topics.Keys.Select(Wakeups.Topic)], wake);
        try
        {
            while (!cancellationToken.IsCancellationRequested) await Turn(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await Leave().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (membership is not null) await membership.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>One turn of the loop; what fails is tried again in the next, later and later.</summary>
    private async Task Turn(CancellationToken cancellationToken)
    {
        try
        {
            var member = await Move(cancellationToken).ConfigureAwait(false);
            if (!member.IsSure)
            {
                // It was silent for so long that another may have its partitions: it beats before it delivers.
                member.Look();
                await wake.Wait(Poll, cancellationToken).ConfigureAwait(false);
                return;
            }

            var handled = await slices.TryHandle(holdings.Delivering, member, cancellationToken).ConfigureAwait(false);
            if (!handled) await Idle(cancellationToken).ConfigureAwait(false);
            backoff.Reset();
            parts.Health.Well(part);
        }
        catch (ConsumerFailedException exception)
        {
            if (!backoff.IsBackingOff) LogConsumerFailed(parts.Logger, settings.Name, exception.Message, exception.InnerException);
            await backoff.Wait(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (Fault.IsOfDatabase(exception))
        {
            parts.Health.Faulty(part, exception);
            await backoff.Wait(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Joins, also again after it was away for too long, and follows what the group's state asks for.</summary>
    private async Task<Membership> Move(CancellationToken cancellationToken)
    {
        if (membership is { IsOut: true } gone)
        {
            await holdings.Lose().ConfigureAwait(false);
            await gone.Leave(cancellationToken).ConfigureAwait(false);
            await gone.DisposeAsync().ConfigureAwait(false);
            membership = null;
        }

        if (membership is null)
        {
            membership = await Membership.Join(parts, settings, group, [.. topics.Keys], wake.Set, cancellationToken).ConfigureAwait(false);
            parts.Announcer.GroupChanged(group);
        }

        if (membership.TakeShare() is { } share) await holdings.Follow(share, membership).ConfigureAwait(false);
        await Start(cancellationToken).ConfigureAwait(false);
        return membership;
    }

    /// <summary>Lets the consumer begin what it has not begun; what it fails to begin holds up nothing that it has, and is its again later.</summary>
    private async Task Start(CancellationToken cancellationToken)
    {
        try
        {
            if (starting.Left == TimeSpan.Zero)
            {
                await holdings.Start(cancellationToken).ConfigureAwait(false);
                starting.Reset();
            }
        }
        catch (ConsumerFailedException exception)
        {
            if (starting.Failed()) LogConsumerFailed(parts.Logger, settings.Name, exception.Message, exception.InnerException);
        }

        await holdings.Check(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for an append, a change of the group, or the time of a slice that was asked for, or of a start.</summary>
    private async Task Idle(CancellationToken cancellationToken)
    {
        ITimer? timer = null;
        if (holdings.Delivering.Min(owned => owned.Requests.Earliest) is { } due)
        {
            var wait = due - parts.Time.GetUtcNow();
            wait = wait > LongestTimer ? LongestTimer : wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
            timer = parts.Time.CreateTimer(_ => wake.Set(), null, wait, Timeout.InfiniteTimeSpan);
        }

        using (timer) await wake.Wait(starting.Left is var left && left > TimeSpan.Zero && left < Poll ? left : Poll, cancellationToken).ConfigureAwait(false);
    }

    private async Task Leave()
    {
        await slices.Stop().ConfigureAwait(false);
        if (membership is not { } leaving) return;
        try
        {
            if (leaving.IsOut) await holdings.Lose().ConfigureAwait(false);
            else await holdings.Revoke().ConfigureAwait(false);
        }
        finally
        {
            await SayGoodbye(leaving).ConfigureAwait(false);
        }
    }

    private async Task SayGoodbye(Membership leaving)
    {
        using var limit = new CancellationTokenSource(Farewell);
        try
        {
            await leaving.Leave(limit.Token).ConfigureAwait(false);
            parts.Announcer.GroupChanged(group);
        }
        catch (Exception exception) when (Fault.IsOfDatabase(exception) || limit.IsCancellationRequested)
        {
            LogNoGoodbye(parts.Logger, settings.Name, Membership.Silence, exception);
        }
    }

    [LoggerMessage(3, LogLevel.Warning, "A consumer of the group {Group} failed, and is asked again until it does not: {Message}")]
    private static partial void LogConsumerFailed(ILogger logger, string group, string message, Exception? exception);

    [LoggerMessage(4, LogLevel.Warning, "This host could not tell the group {Group} that it leaves; others take its partitions after {Silence}")]
    private static partial void LogNoGoodbye(ILogger logger, string group, TimeSpan silence, Exception exception);
}
