using System.Globalization;

namespace Cmdr.Host.Tests;

/// <summary>How much happens: little in every run of the tests, the full numbers where <c>CMDR_CHAOS=long</c>. <c>CMDR_CHAOS_SEED</c> repeats a run's choices, <c>CMDR_CHAOS_LOGS=kafka,kafka-3</c> runs on these only.</summary>
internal sealed record Plan(int Kills, int Terminations, int ServerKills, int Freezes, TimeSpan Storm, TimeSpan Refusal)
{
    internal static bool IsLong { get; } = Environment.GetEnvironmentVariable("CMDR_CHAOS") == "long";

    internal static Plan Current { get; } = IsLong
        ? new(20, 5, 5, 5, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(20))
        : new(3, 1, 1, 1, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5));

    /// <summary>The logs it happens to. Three brokers, and hosts on them, that die and come back take more than two processors and a short run have.</summary>
    internal static string[] Logs { get; } = Environment.GetEnvironmentVariable("CMDR_CHAOS_LOGS") is { Length: > 0 } named
        ? named.Split(',')
        : [.. Deployment.Logs, .. IsLong ? (string[])["kafka-3"] : []];

    internal static int Seed { get; } = Environment.GetEnvironmentVariable("CMDR_CHAOS_SEED") is { Length: > 0 } text
        ? int.Parse(text, CultureInfo.InvariantCulture)
        : Random.Shared.Next(1_000_000);
}
