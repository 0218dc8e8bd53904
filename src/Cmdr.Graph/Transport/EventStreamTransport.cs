using Microsoft.AspNetCore.Http;

namespace Cmdr.Graph;

internal sealed class EventStreamTransport
{
    internal Task Serve(HttpContext context, Prepared prepared) => throw new NotSupportedException(context.ToString() + prepared);
}
