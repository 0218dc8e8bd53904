using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Cmdr.Intake;

/// <summary>Takes commands in: reads them, stamps them, appends them in one call, and waits for what becomes of them.</summary>
internal sealed partial class IntakeDoor(
    CommandReader reader, ILog log, AnswerFollower follower, ReceiptCompletion completion, TimeProvider time, ILogger<IntakeDoor> logger) : IIntake
{
    private static readonly Counter<long> Accepted = Telemetry.Meter.CreateCounter<long>("cmdr.intake.accepted", "{command}", "Commands that were appended.");
    private static readonly Counter<long> Malformed = Telemetry.Meter.CreateCounter<long>("cmdr.intake.malformed", "{request}", "Requests that were malformed.");

    public async Task<Submitted> Submit(IReadOnlyList<Submission> commands, SubmitOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(commands);
        ArgumentNullException.ThrowIfNull(options);
        var deadline = new Deadline(options.Timeout, time);
        using var activity = Telemetry.Activities.StartActivity("intake");
        var faults = new List<ShapeFault>();
        var read = reader.Read(commands, faults);
        var stamped = faults.Count == 0 ? Stamp(read, commands, options, faults) : [];
        if (faults.Count > 0 || stamped.Count == 0)
        {
            if (faults.Count > 0) Malformed.Add(1);
            return new([], faults);
        }

        if (!follower.IsOpen) throw new LogException("Nothing was appended: the log of this host is not open yet. Retrying with the same ids is safe.");
        cancellationToken.ThrowIfCancellationRequested();
        if (options.Wait is not Wait.Logged) await follower.Listen(cancellationToken).ConfigureAwait(false);
        return new(await completion.Complete(stamped, Append, options.Wait, deadline, cancellationToken).ConfigureAwait(false), []);
    }

    /// <summary>Runs to its end once it began, whether or not the caller still waits.</summary>
    private async Task<IReadOnlyList<Position>> Append(IReadOnlyList<LogRecord> records)
    {
        try
        {
            var positions = await log.Append(Topics.Commands, records, CancellationToken.None).ConfigureAwait(false);
            Accepted.Add(records.Count);
            return positions;
        }
        catch (Exception e)
        {
            LogAppendFailed(e, records.Count);
            throw;
        }
    }

    private List<StampedCommand> Stamp(List<ReadCommand> commands, IReadOnlyList<Submission> submissions, SubmitOptions options, List<ShapeFault> faults)
    {
        var now = time.GetUtcNow();
        var (parent, state) = Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? (current.Id, current.TraceStateString) : (null, null);
        var stamped = new List<StampedCommand>(commands.Count);
        for (var i = 0; i < commands.Count; i++)
        {
            var command = commands[i];
            var id = command.Id ?? Guid.CreateVersion7(now);
            var record = CloudEventBinding.Write(new()
            {
                Id = id, Type = command.Type.Name, Subject = command.Subject, Time = now, Data = command.Body,
                CorrelationId = options.CorrelationId ?? id, CausationId = options.CausationId, Actor = options.Actor, TraceParent = parent, TraceState = string.IsNullOrEmpty(state) ? null : state,
            });
            if (record.Bytes > LogRecord.MaxBytes) faults.Add(StrictJson.TooLarge(submissions[i]));
            stamped.Add(new(id, command.Type.Name, command.Subject, record));
        }

        return stamped;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Appending {Count} commands failed.")]
    private partial void LogAppendFailed(Exception e, int count);
}

/// <summary>A command with its identity, ready for the log.</summary>
internal sealed record StampedCommand(Guid Id, string Type, Subject Subject, LogRecord Record);

/// <summary>When a wait runs out.</summary>
internal readonly struct Deadline
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly TimeProvider time;
    private readonly long start;
    private readonly TimeSpan timeout;

    /// <summary>A timeout outside of 0 to 5 minutes is taken as the nearer of the two.</summary>
    internal Deadline(TimeSpan timeout, TimeProvider time) =>
        (this.time, start, this.timeout) = (time, time.GetTimestamp(), TimeSpan.FromTicks(Math.Clamp(timeout.Ticks, 0, Longest.Ticks)));

    /// <summary>What is left of it; zero when it ran out.</summary>
    internal TimeSpan Remaining => timeout - time.GetElapsedTime(start) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
}
