using GraphQL;

namespace Cmdr.Graph;

/// <summary>An error with a code that clients compare with and, where one is at fault, the field.</summary>
internal sealed class FaultError : ExecutionError
{
    /// <summary>An error.</summary>
    /// <param name="code">One of <see cref="ErrorCode"/>, <see cref="FaultCode"/> or the codes of <see cref="CursorException"/>.</param>
    /// <param name="message">A sentence for people.</param>
    /// <param name="field">Which argument or member, such as <c>input.amount</c>; null where none is.</param>
    internal FaultError(string code, string message, string? field = null)
        : base(message)
    {
        Code = code;
        Field = field;
    }

    /// <summary>Which argument or member is at fault; null where none is.</summary>
    internal string? Field { get; }

    /// <summary>The error of a fault that a shape or Intake found.</summary>
    internal static FaultError Of(ShapeFault fault) => new(fault.Code, fault.Message, fault.Path);

    /// <summary>The error of a cursor that the log or a list cannot serve.</summary>
    internal static FaultError Of(CursorException e, string field) => new(e.Code, e.Message, field);
}
