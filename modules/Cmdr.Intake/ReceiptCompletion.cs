namespace Cmdr.Intake;

/// <summary>Appends commands and waits for their answers as far as is wanted; the interest in an answer is registered before its command is appended.</summary>
internal sealed class ReceiptCompletion(Waiters waiters, Catalog catalog, ProjectionReach projections, LastCall lastCall)
{
    /// <summary>A receipt for each command, in their order.</summary>
    /// <exception cref="OperationCanceledException">The caller no longer waits; what was appended stays.</exception>
    internal async Task<IReadOnlyList<Receipt>> Complete(
        IReadOnlyList<StampedCommand> commands,
        Func<IReadOnlyList<LogRecord>, Task<IReadOnlyList<Position>>> append,
        Wait wait,
        Deadline deadline,
        CancellationToken cancellationToken)
    {
        Waiter[] waiting = wait is Wait.Logged ? [] : [.. commands.Select(command => new Waiter(command.Id, catalog))];
        foreach (var waiter in waiting) waiters.Add(waiter);
        try
        {
            var positions = await append([.. commands.Select(command => command.Record)]).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (wait is Wait.Logged) return [.. commands.Select((command, i) => Logged(command, positions[i]))];
            for (var i = 0; i < waiting.Length; i++) waiting[i].Logged(positions[i]);
            await lastCall.Await(Answered(waiting), deadline.Remaining, cancellationToken).ConfigureAwait(false);
            Answer[] answers = [.. waiting.Select(waiter => waiter.Answer())];
            Receipt[] receipts = [.. commands.Select((command, i) => Answered(Logged(command, positions[i]), answers[i]))];
            if (wait is Wait.Projected) receipts = await projections.Reach(receipts, deadline, cancellationToken).ConfigureAwait(false);
            return await projections.Firsts(receipts, answers, deadline, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var waiter in waiting) waiters.Remove(waiter);
        }
    }

    private static Task Answered(Waiter[] waiting) => waiting.Length == 1 ? waiting[0].Answered : Task.WhenAll(waiting.Select(waiter => waiter.Answered));

    private static Receipt Logged(StampedCommand command, Position position) =>
        new() { Id = command.Id, Type = command.Type, Subject = command.Subject, Position = position, Status = Status.Logged };

    private Receipt Answered(Receipt receipt, Answer answer)
    {
        if (answer.Last is not { } last) return receipt with { TimedOut = true, Events = answer.Events };
        var outcome = last.Envelope.Outcome ?? answer.Repeated?.Outcome;
        var isReused = answer.Repeated?.Reused ?? false;
        return receipt with
        {
            Position = last.Position,
            Status = outcome switch { Outcome.Completed => Status.Completed, Outcome.Refused => Status.Refused, _ => Status.Logged },
            TimedOut = outcome is null && !isReused,
            Repeated = answer.Repeated is not null,
            Reused = isReused,
            Refusal = outcome is Outcome.Refused ? RefusalOf(last.Envelope, answer.Repeated) : null,
            Events = answer.Events,
        };
    }

    private Refusal? RefusalOf(Envelope envelope, CommandRepeated? repeated) => catalog.Event(envelope.Type)?.ClrType switch
    {
        var type when type == typeof(CommandRepeated) => repeated is { Code: { } code } ? new(code, repeated.Message) : null,
        var type when type == typeof(CommandRefused) && envelope.Body<CommandRefused>() is { Code: not null } refused => new(refused.Code, refused.Message),
        _ => null,
    };
}
