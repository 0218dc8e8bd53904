namespace Cmdr;

/// <summary>The log's topics.</summary>
public static class Topics
{
    /// <summary>Written by Intake and Handling; consumed by Handling.</summary>
    public const string Commands = "commands";

    /// <summary>Written by Handling and by foreign processes; consumed by everyone.</summary>
    public const string Events = "events";

    /// <summary>What processors set aside, and what became of it.</summary>
    public const string Parked = "parked";

    /// <summary>All topics, in the order in which they are created.</summary>
    public static IReadOnlyList<string> All { get; } = [Commands, Events, Parked];
}
