namespace Cmdr.Host.Tests;

// What a domain must say to show what processes of others write: records of its own by the others' names, and views of them.
public abstract record SensorEvent;
public sealed record TemperatureMeasured(decimal Celsius) : SensorEvent;

public sealed record Sensor(string Id, decimal Celsius, int Measurements) : IView<Sensor, SensorEvent>
{
    public static Sensor? Evolve(Sensor? view, Recorded<SensorEvent> e) =>
        e.Event is TemperatureMeasured x ? new(e.Subject.Id, x.Celsius, (view?.Measurements ?? 0) + 1) : view;
}

public sealed class SensorModule : IModule
{
    public static void Configure(CmdrBuilder cmdr) => cmdr.View<Sensor>();
}
