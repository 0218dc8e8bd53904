using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Cmdr.Projections;

/// <summary>The span and the measurements of the feed.</summary>
internal static class ProjectionsTelemetry
{
    private const int MostLinks = 32;

    private static readonly Histogram<double> Duration = Telemetry.Meter.CreateHistogram<double>("cmdr.projections.duration", "s", "Time from a slice to its commit.");
    private static readonly Counter<long> Records = Telemetry.Meter.CreateCounter<long>("cmdr.projections.records", "{record}", "Records projected.");
    private static readonly Counter<long> Strays = Telemetry.Meter.CreateCounter<long>("cmdr.projections.strays", "{record}", "Records set aside.");

    /// <summary>The span of a slice: the child of its only trace, or linked to the first of several.</summary>
    internal static Activity? Project(SliceReading reading)
    {
        if (!Telemetry.Activities.HasListeners()) return null;
        var parents = reading.Messages.Select(message => message.Envelope).Where(envelope => envelope.TraceParent is not null)
            .Select(envelope => ActivityContext.TryParse(envelope.TraceParent, envelope.TraceState, isRemote: true, out var context) ? context : default)
            .Where(context => context != default).DistinctBy(context => context.TraceId).Take(MostLinks).ToList();
        var activity = parents is [var parent]
            ? Telemetry.Activities.StartActivity("project", ActivityKind.Consumer, parent)
            : Telemetry.Activities.StartActivity("project", ActivityKind.Consumer, default(ActivityContext), links: parents.Select(context => new ActivityLink(context)));
        return activity?.SetTag("cmdr.records", reading.Messages.Count);
    }

    internal static void Projected(SliceReading reading, TimeSpan duration)
    {
        Duration.Record(duration.TotalSeconds);
        Records.Add(reading.Messages.Count);
        if (reading.Strays.Count > 0) Strays.Add(reading.Strays.Count);
    }
}
