namespace Cmdr.House.Tests;

/// <summary>Who may reference whom (the design's section 2).</summary>
internal static class ReferenceRules
{
    private const string StandIn = "Patched.DistributedLock.Postgres";

    private static readonly string[] Logs = ["Cmdr.Postgres", "Cmdr.Kafka"];
    private static readonly string[] Edges = ["Cmdr.Graph", "Cmdr.Rest", "Cmdr.Rpc"];
    private static readonly string[] Modules = ["Cmdr.Intake", "Cmdr.Handling", "Cmdr.Projections"];

    /// <summary>The projects of ours that <paramref name="project"/> may reference; null when any.</summary>
    internal static IReadOnlyCollection<string> AllowedFor(string project, IEnumerable<string> all) => project switch
    {
        "Cmdr" => [],
        "Cmdr.Bus" or "Cmdr.Intake" => ["Cmdr"],
        "Cmdr.Handling" => ["Cmdr", "Cmdr.Bus"],
        "Cmdr.Projections" => ["Cmdr", "Cmdr.Bus", StandIn],
        "Cmdr.Testing" => ["Cmdr", "Cmdr.Bus", StandIn, .. Logs, .. Modules],
        "Cmdr.Host" => [.. all.Except(["Cmdr.Testing"])],
        _ when Logs.Contains(project) || Edges.Contains(project) => ["Cmdr"],
        _ => ["Cmdr", "Cmdr.Bus"], // a domain
    };

    /// <summary>True when <paramref name="project"/> may reference a package of this name.</summary>
    internal static bool Allows(string project, string package) => package switch
    {
        "Marten" => project == "Cmdr.Projections",
        "MassTransit" => project == "Cmdr.Bus",
        "Npgsql" => project is "Cmdr.Postgres" or "Cmdr.Handling",
        "Confluent.Kafka" => project == "Cmdr.Kafka",
        _ when project == "Cmdr" => package.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) && package.EndsWith(".Abstractions", StringComparison.Ordinal),
        _ => true,
    };
}
