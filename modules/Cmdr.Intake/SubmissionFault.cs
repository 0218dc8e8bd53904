namespace Cmdr.Intake;

/// <summary>Faults of a submission as a whole.</summary>
internal static class SubmissionFault
{
    /// <summary>A fault of the body, or of one of its members.</summary>
    /// <param name="submission">Whose.</param>
    /// <param name="code">One of <see cref="FaultCode"/>.</param>
    /// <param name="rest">The sentence after the name of the place, without the full stop.</param>
    /// <param name="member">The member; null for the body.</param>
    internal static ShapeFault Fault(this Submission submission, string code, string rest, string? member = null)
    {
        var path = (submission.Path, member) switch
        {
            (var prefix, null) => prefix,
            ("", { } name) => name,
            var (prefix, name) => $"{prefix}.{name}",
        };
        return new(code, path, path.Length == 0 ? $"The command {rest}." : $"'{path}' {rest}.");
    }
}
