using System.Text.Json;
using Npgsql;

namespace Cmdr.Host.Tests;

/// <summary>docker-compose.yml as an engine understands it, with servers of the tests in place of its own.</summary>
internal sealed class ComposeFile
{
    private const string Postgres = "Host=postgres;", Kafka = "kafka:9092";

    // What says who a node is and where it listens, which the test's own cluster decides.
    private static readonly string[] OfTheNode = ["node.id", "process.roles", "listeners", "advertised.listeners", "controller.listener.names", "listener.security.protocol.map", "controller.quorum.voters", "log.dirs"];

    private readonly JsonElement services;

    private ComposeFile(JsonElement answer)
    {
        Errors = [.. answer.GetProperty("errors").EnumerateArray().Select(error => error.ToString())];
        services = answer.GetProperty("services");
    }

    internal IReadOnlyList<string> Errors { get; }

    /// <summary>The services that are built here: the hosts.</summary>
    internal IReadOnlyList<string> Hosts => [.. services.EnumerateObject().Where(service => service.Value.TryGetProperty("build", out _)).Select(service => service.Name)];

    /// <summary>The settings of a broker, by Kafka's names.</summary>
    internal IReadOnlyDictionary<string, string> Broker => Environment("kafka").Where(one => one.Key.StartsWith("KAFKA_", StringComparison.Ordinal))
        .ToDictionary(one => one.Key["KAFKA_".Length..].ToLowerInvariant().Replace('_', '.'), one => one.Value).Where(one => !OfTheNode.Contains(one.Key)).ToDictionary();

    internal static async Task<ComposeFile> Read(NodeScripts node, string path, CancellationToken stop) => new(await node.Run("compose.mjs", stop, path));

    /// <summary>A host's settings, with nothing changed but where its servers are.</summary>
    internal (string Key, string Value)[] Settings(string host, string database, string bootstrapServers)
    {
        var settings = Environment(host).Where(one => one.Key != "Urls").ToDictionary();
        Assert.Contains(Postgres, settings["ConnectionStrings__Postgres"], StringComparison.Ordinal);
        Assert.Contains(settings, one => one.Value == Kafka);
        return [.. settings.Select(one => (one.Key, one.Value == Kafka ? bootstrapServers : one.Value.StartsWith(Postgres, StringComparison.Ordinal) ? Elsewhere(one.Value, database) : one.Value))];
    }

    /// <summary>The command by which a container's health is judged, aimed at another address.</summary>
    internal string[] HealthCheck(string host, Uri address)
    {
        string[] test = [.. services.GetProperty(host).GetProperty("healthcheck").GetProperty("test").EnumerateArray().Select(part => part.ToString())];
        Assert.Equal("CMD", test[0]);
        Assert.Contains(test, part => part.Contains("/dev/tcp/127.0.0.1/8080 ", StringComparison.Ordinal));
        return [.. test[1..].Select(part => part.Replace("/127.0.0.1/8080 ", $"/127.0.0.1/{address.Port} ", StringComparison.Ordinal))];
    }

    private Dictionary<string, string> Environment(string service) =>
        services.GetProperty(service).GetProperty("environment").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.ToString());

    /// <summary>Everything that the file says of a connection is kept, but for the server, who is let in, and the name of the database.</summary>
    private static string Elsewhere(string connection, string database)
    {
        var (wanted, there) = (new NpgsqlConnectionStringBuilder(connection), new NpgsqlConnectionStringBuilder(database));
        (wanted.Host, wanted.Port, wanted.Username, wanted.Password, wanted.Database) = (there.Host, there.Port, there.Username, there.Password, there.Database);
        return wanted.ConnectionString;
    }
}
