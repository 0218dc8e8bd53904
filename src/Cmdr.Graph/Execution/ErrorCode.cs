namespace Cmdr.Graph;

/// <summary>What <c>extensions.code</c> of an error says, besides the <see cref="FaultCode"/>s of malformed values and the codes of <see cref="CursorException"/>.</summary>
internal static class ErrorCode
{
    /// <summary>The HTTP request or the socket's message is not a GraphQL request.</summary>
    internal const string BadRequest = "BAD_REQUEST";

    /// <summary>The document is not GraphQL.</summary>
    internal const string ParseFailed = "GRAPHQL_PARSE_FAILED";

    /// <summary>The document is GraphQL, but not of this schema.</summary>
    internal const string ValidationFailed = "GRAPHQL_VALIDATION_FAILED";

    /// <summary>The document has several operations, or none of the name asked for.</summary>
    internal const string OperationName = "OPERATION_NAME";

    /// <summary>The document asks for more than one request may.</summary>
    internal const string TooComplex = "TOO_COMPLEX";

    /// <summary>The operation is of a kind that this transport does not carry.</summary>
    internal const string NotHere = "OPERATION_NOT_SUPPORTED_HERE";

    /// <summary>The time limit ran out.</summary>
    internal const string TimedOut = "TIMED_OUT";

    /// <summary>Views and history did not reach <c>notBefore</c> in time, or before the host stopped.</summary>
    internal const string NotReached = "NOT_REACHED";

    /// <summary>Nothing of the kind is parked, or not any more.</summary>
    internal const string NotParked = "NOT_PARKED";

    /// <summary>The log failed; retrying with the same id is safe.</summary>
    internal const string LogFailed = "LOG_FAILED";

    /// <summary>A record on the log is not what this host declares it to be.</summary>
    internal const string MalformedRecord = "MALFORMED_RECORD";

    /// <summary>A fault of the server; it was logged.</summary>
    internal const string Internal = "INTERNAL";
}
