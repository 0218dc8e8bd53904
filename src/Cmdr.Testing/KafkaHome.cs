namespace Cmdr.Testing;

/// <summary>The folder with the script that runs a Kafka on this machine.</summary>
internal static class KafkaHome
{
    internal const string Variable = "KAFKA_HOME";

    /// <summary>Null where the variable is not set: then Docker is asked.</summary>
    internal static string? Path => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } home ? home : null;

    /// <summary>Who sets the variable wants that Kafka: a wrong folder is an error, never a reason to skip.</summary>
    internal static string Script(string home) => System.IO.Path.Combine(home, "kafka") is var script && File.Exists(script)
        ? script
        : throw new KafkaStartException($"{Variable} is {home}, and there is no script 'kafka' in that folder");
}
