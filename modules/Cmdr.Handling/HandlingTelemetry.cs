using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Cmdr.Handling;

/// <summary>What Handling tells of itself: the span <c>decide</c>, and its instruments.</summary>
internal static class HandlingTelemetry
{
    public static Counter<long> Accepted { get; } = Telemetry.Meter.CreateCounter<long>("cmdr.handling.decided", "{command}", "Commands accepted.");

    public static Counter<long> Refused { get; } = Telemetry.Meter.CreateCounter<long>("cmdr.handling.refused", "{command}", "Commands refused.");

    public static Counter<long> Repeated { get; } = Telemetry.Meter.CreateCounter<long>("cmdr.handling.repeated", "{command}", "Commands with an id that their subject remembers.");

    public static Histogram<double> Slice { get; } = Telemetry.Meter.CreateHistogram<double>("cmdr.handling.slice.duration", "s", "From a slice's delivery to its commit.");

    public static Gauge<long> Lag { get; } = Telemetry.Meter.CreateGauge<long>("cmdr.handling.lag", "{offset}", "From a partition's position to the end of commands.");

    /// <summary>A span beneath the command's own; null when nobody listens.</summary>
    public static Activity? Decide(Envelope command)
    {
        if (!Telemetry.Activities.HasListeners()) return null;
        ActivityContext.TryParse(command.TraceParent, command.TraceState, isRemote: true, out var parent);
        var span = Telemetry.Activities.StartActivity("decide", ActivityKind.Consumer, parent);
        return span?.SetTag("cmdr.type", command.Type).SetTag("cmdr.subject", command.Subject.ToString());
    }
}
