using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Cmdr;

/// <summary>The one source of traces and the one meter, both named <c>Cmdr</c>.</summary>
public static class Telemetry
{
    /// <summary>The name of source and meter.</summary>
    public const string Name = "Cmdr";

    /// <summary>Spans: <c>intake</c>, <c>decide</c>, <c>project</c>.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>Counters, histograms and gauges.</summary>
    public static Meter Meter { get; } = new(Name);
}
