using GraphQL;
using GraphQL.Execution;
using GraphQL.Validation;
using Microsoft.Extensions.Logging;

namespace Cmdr.Graph;

/// <summary>What a client may know of an error. What is ours to mend is logged once and masked.</summary>
internal sealed partial class ErrorMask(ILogger<ErrorMask> logger)
{
    /// <summary>The code of an error; the library would derive it from the exception's class.</summary>
    internal static string CodeOf(ExecutionError error) => error switch
    {
        FaultError { Code: { } code } => code,
        SyntaxError => ErrorCode.ParseFailed,
        TimeoutError => ErrorCode.TimedOut,
        ValidationError => ErrorCode.ValidationFailed,
        _ => ErrorCode.Internal,
    };

    /// <summary>Replaces what a resolver threw by what a client may know of it.</summary>
    internal Task Mask(UnhandledExceptionContext context)
    {
        context.Exception = Mask(context.OriginalException);
        return Task.CompletedTask;
    }

    internal ExecutionError Mask(Exception exception)
    {
        switch (exception)
        {
            case ExecutionError error: return error;
            case CursorException cursor: return FaultError.Of(cursor, "after");
            case LogException:
                LogFailed(exception);
                return new FaultError(ErrorCode.LogFailed, "The log failed; whether the command is on it is unknown. Sending it again with the same id is safe.");
            default:
                Failed(exception);
                return new FaultError(ErrorCode.Internal, "The server failed; the fault was logged.");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A GraphQL operation failed by a fault of the log.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "A GraphQL operation failed by a fault of this host.")]
    private partial void Failed(Exception exception);
}
