using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Cmdr.Graph.Tests;

public readonly record struct ParcelId(string Value);

public enum Speed
{
    Slow,
    NextDay,
}

public sealed record Line([property: Description("What is in it.")] string Item, int Count = 1, IReadOnlyList<string>? Notes = null);

public abstract record ParcelCommand(ParcelId Parcel);

[Description("Sends a parcel.")]
public sealed record SendParcel(ParcelId Parcel, [MinLength(1)] IReadOnlyList<Line> Lines, Speed Speed = Speed.NextDay, Dictionary<string, int>? Weights = null, DateOnly? Due = null, byte[]? Label = null, long Miles = 0, double Ratio = 0.5) : ParcelCommand(Parcel);

public sealed record ForgetParcel(ParcelId Parcel) : ParcelCommand(Parcel);

public abstract record ParcelEvent;

public sealed record ParcelSent(ParcelId Parcel, IReadOnlyList<Line> Lines, Speed Speed, Dictionary<string, int>? Weights, DateOnly? Due, byte[]? Label, long Miles, double Ratio) : ParcelEvent;

public sealed record ParcelForgotten : ParcelEvent;

/// <summary>A domain with every kind of member.</summary>
public sealed record Parcel(bool Sent) : IDecider<Parcel, ParcelCommand, ParcelEvent>
{
    public static Parcel Initial => new(false);

    public static string Id(ParcelCommand command) => command.Parcel.Value;

    public static Decision<ParcelEvent> Decide(Parcel state, ParcelCommand command, Stamp stamp) => command switch
    {
        SendParcel c => new ParcelSent(c.Parcel, c.Lines, c.Speed, c.Weights, c.Due, c.Label, c.Miles, c.Ratio),
        _ => new ParcelForgotten(),
    };

    public static Parcel Evolve(Parcel state, ParcelEvent e) => new(e is ParcelSent);
}

public sealed class ParcelModule : IModule
{
    public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Parcel>();
}
