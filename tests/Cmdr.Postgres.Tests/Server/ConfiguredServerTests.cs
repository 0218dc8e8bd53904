using Cmdr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests.Server;

/// <summary>A host that was told of a server uses that one and starts none.</summary>
public sealed class ConfiguredServerTests(PostgresServer postgres)
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_it_was_told_of_is_used_and_none_is_started()
    {
        await using var folder = new OwnFolder();
        var connection = new NpgsqlConnectionStringBuilder(await postgres.Database(Now)) { Password = "secret" };
        using var host = EntryPoint.Build(folder.Setting, $"--ConnectionStrings:Postgres={connection.ConnectionString}");
        await host.StartAsync(Now);
        await using (var ask = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT current_database() || ' ' || current_setting('application_name')"))
        {
            Assert.Equal($"{connection.Database} cmdr", await ask.ExecuteScalarAsync(Now));
        }

        Assert.Equal($"host={connection.Host} port=5432 database={connection.Database}", host.Services.GetRequiredService<PostgresLocation>().Description);
        await host.StopAsync(Now);
        Assert.False(Directory.Exists(folder.Server.Root));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_tried_for_a_while_and_then_named_once_without_its_password()
    {
        var log = new StringWriter();
        var time = new FakeTimeProvider();
        var starting = Start("Host=127.0.0.1;Port=1;Database=d;Username=u;Password=secret", time, log);
        await OwnFolder.Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(2));
            return Task.FromResult(starting.IsCompleted);
        }, "it gives up");
        var refusal = await Assert.ThrowsAsync<PostgresStartException>(() => starting);
        Assert.Equal("PostgreSQL (host=127.0.0.1 port=1 database=d) cannot be used: Connection refused. Correct ConnectionStrings:Postgres, or start that server.", refusal.Message);
        Assert.Single(log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries), "Warning: PostgreSQL (host=127.0.0.1 port=1 database=d) does not answer: Connection refused. Trying again for 30 s.");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_refused_at_once()
    {
        var connection = new NpgsqlConnectionStringBuilder(await postgres.Database(Now)) { Database = "nowhere" };
        var refusal = await Assert.ThrowsAsync<PostgresStartException>(() => Start(connection.ConnectionString, new FakeTimeProvider(), TextWriter.Null));
        Assert.Contains("\"nowhere\" does not exist. Correct ConnectionStrings:Postgres", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_cannot_use_the_server_it_was_told_of_says_so_in_one_line_and_ends()
    {
        var connection = new NpgsqlConnectionStringBuilder(await postgres.Database(Now)) { Database = "nowhere" };
        using var host = ChildProcess.Start("host", $"--ConnectionStrings:Postgres={connection.ConnectionString}");
        var said = await host.SaysToItsEnd();
        Assert.Equal($"refused: PostgreSQL (host={connection.Host} port=5432 database=nowhere) cannot be used: database \"nowhere\" does not exist. Correct ConnectionStrings:Postgres, or start that server.\n", said);
    }

    [Fact]
    public async Task Health_says_when_the_database_does_not_answer()
    {
        using var host = EntryPoint.Build("--ConnectionStrings:Postgres=Host=127.0.0.1;Port=1");
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("ready"), Now);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["postgres"].Status);
    }

    [Theory]
    [InlineData("--Cmdr:Postgres:Binary=/x", "Cmdr:Postgres:Binary is not a setting; known are Binaries, Source. Remove it or correct its name.")]
    [InlineData("--Cmdr:Postgres:Source=ftp://x", "Cmdr:Postgres:Source is 'ftp://x'; set it to the http or https address of a Maven repository.")]
    [InlineData("--ConnectionStrings:Postgres=Database=d;Password=secret", "ConnectionStrings:Postgres names no host; set it to such as Host=db;Database=cmdr;Username=cmdr;Password=..., or remove it for a server of its own.")]
    [InlineData("--ConnectionStrings:Postgres=Host=h;Password=secret;Port=secret", "ConnectionStrings:Postgres cannot be read; set it to such as Host=db;Database=cmdr;Username=cmdr;Password=..., or remove it for a server of its own.")]
    public void A_wrong_setting_stops_the_start_and_says_what_to_set(string setting, string message) =>
        Assert.Equal(message, Assert.Throws<SettingException>(() => EntryPoint.Build(setting)).Message);

    [Theory]
    [InlineData("Host=h", 50)]
    [InlineData("Host=h;Max Auto Prepare=0", 0)]
    [InlineData("Host=h;MaxAutoPrepare=7", 7)]
    public void Statements_are_prepared_unless_the_connection_string_says_otherwise(string connectionString, int prepared)
    {
        using var host = EntryPoint.Build($"--ConnectionStrings:Postgres={connectionString}");
        Assert.Equal(prepared, host.Services.GetRequiredService<PostgresSettings>().Connection().MaxAutoPrepare);
    }

    private static async Task Start(string connectionString, TimeProvider time, TextWriter log)
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(new LogLines(log)));
        var settings = PostgresSettings.Own(new("/nowhere")) with { Configured = new(connectionString) };
        await using var database = NpgsqlDataSource.Create(settings.Connection());
        await new ConfiguredServer(database, new(settings), time, loggers).StartingAsync(Now);
    }
}
