using System.Diagnostics.Metrics;

namespace Cmdr.Bus;

/// <summary>A processor's instruments.</summary>
internal sealed class ProcessorMeters(string group)
{
    private static readonly Counter<long> HandledEvents = Telemetry.Meter.CreateCounter<long>("cmdr.processor.handled", "{event}", "Events handled, by group.");
    private static readonly Counter<long> RetriedEvents = Telemetry.Meter.CreateCounter<long>("cmdr.processor.retried", "{try}", "Further tries after a failure, by group; those of middleware apart.");
    private static readonly Counter<long> ParkedEvents = Telemetry.Meter.CreateCounter<long>("cmdr.processor.parked", "{event}", "Events parked, by group and whether they failed or wait behind one that did.");
    private static readonly Gauge<long> WaitingEvents = Telemetry.Meter.CreateGauge<long>("cmdr.processor.waiting", "{event}", "Events that are parked, of the partitions that this host owns, by group.");

    private readonly KeyValuePair<string, object?> tag = new("group", group);

    public void Handled(int events)
    {
        if (events > 0) HandledEvents.Add(events, tag);
    }

    public void Retried() => RetriedEvents.Add(1, tag);

    public void Parked(int failed, int behind)
    {
        if (failed > 0) ParkedEvents.Add(failed, tag, new("why", "failed"));
        if (behind > 0) ParkedEvents.Add(behind, tag, new("why", "behind"));
    }

    public void Waiting(int events) => WaitingEvents.Record(events, tag);
}
