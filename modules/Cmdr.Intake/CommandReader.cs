using System.Reflection;
using System.Text.Json;

namespace Cmdr.Intake;

/// <summary>Reads submissions: shape, subject, canonical body. Every fault of all of them is told at once.</summary>
internal sealed class CommandReader(Catalog catalog)
{
    private const int MostNames = 20;

    /// <summary>The commands, in the order of the request; fewer than were submitted when there are faults.</summary>
    internal List<ReadCommand> Read(IReadOnlyList<Submission> submissions, List<ShapeFault> faults)
    {
        var commands = new List<ReadCommand>(submissions.Count);
        foreach (var submission in submissions)
        {
            if (Read(submission, faults) is { } command) commands.Add(command);
        }

        return commands;
    }

    private ReadCommand? Read(Submission submission, List<ShapeFault> faults)
    {
        if (submission.Id == Guid.Empty) faults.Add(submission.Fault(FaultCode.NotAllowed, "has the nil UUID for an id; leave it out, or give an id of your own"));
        if (catalog.Command(submission.Type) is not { } type)
        {
            faults.Add(submission.Fault(FaultCode.UnknownType, $"is of no type that is known here; known are {Known()}"));
            return null;
        }

        using var document = StrictJson.Parse(submission, faults);
        if (document is null) return null;
        var found = type.Shape.Validate(document.RootElement, submission.Path);
        faults.AddRange(found);
        return found.Count == 0 ? Decode(submission, type, document.RootElement, faults) : null;
    }

    /// <summary>Encoded again, so that a command has one body, and so one hash, however its sender wrote it.</summary>
    private static ReadCommand? Decode(Submission submission, CommandType type, JsonElement json, List<ShapeFault> faults)
    {
        if (Constructed(submission, type, faults) is not { } command || SubjectOf(submission, type, command, json, faults) is not { } subject) return null;
        var body = Codec.Encode(command);
        if (body.Length <= StrictJson.MaxBytes) return new(submission.Id, type, subject, body);
        faults.Add(StrictJson.TooLarge(submission));
        return null;
    }

    private static object? Constructed(Submission submission, CommandType type, List<ShapeFault> faults)
    {
        try
        {
            return Codec.Decode(submission.Data.Span, type.ClrType);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The shape was right, so a constructor of the domain's own refuses it.
            faults.Add(submission.Fault(FaultCode.NotAllowed, $"is not allowed: {Reason(e)}"));
            return null;
        }
    }

    private static Subject? SubjectOf(Submission submission, CommandType type, object command, JsonElement json, List<ShapeFault> faults)
    {
        string? id;
        try
        {
            id = type.Subject(command).Id;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A function of the domain's: what it cannot take is malformed input, not a fault of the host.
            faults.Add(submission.Fault(FaultCode.Subject, $"has no id: {Reason(e)}"));
            return null;
        }

        var fault = id is null ? "must not be null" : Subject.FaultOf(id);
        if (fault is null) return new(type.Decider.Category, id!); // null was a fault
        faults.Add(submission.Fault(FaultCode.Subject, $"{fault}, because it is the id of the command's subject", MemberOf(json, id)));
        return null;
    }

    /// <summary>The member that the id was taken from, as far as its value tells; null when none has it.</summary>
    private static string? MemberOf(JsonElement json, string? id) => id is not null && json.ValueKind is JsonValueKind.Object
        ? json.EnumerateObject().Where(member => member.Value.ValueKind is JsonValueKind.String && member.Value.ValueEquals(id)).Select(member => member.Name).FirstOrDefault()
        : null;

    private static string Reason(Exception e) => (e is TargetInvocationException { InnerException: { } inner } ? inner : e).Message.TrimEnd('.');

    private string Known() => string.Join(", ", catalog.Commands.Select(command => command.Name).Order(StringComparer.Ordinal).Take(MostNames))
        + (catalog.Commands.Count > MostNames ? $" and {catalog.Commands.Count - MostNames} more" : "");
}

/// <summary>A command that is well formed.</summary>
/// <param name="Id">The client's own; null for a new one.</param>
/// <param name="Type">What it is.</param>
/// <param name="Subject">Whom it is for.</param>
/// <param name="Body">Its canonical JSON.</param>
internal sealed record ReadCommand(Guid? Id, CommandType Type, Subject Subject, byte[] Body);
