using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cmdr.Postgres.Tests;

/// <summary>The log as one host has it: with connections of its own.</summary>
internal sealed class LogHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> consuming = [];

    public LogHost(string database, int? partitions = null, TimeProvider? time = null)
    {
        Source = NpgsqlDataSource.Create(database);
        Log = new(Source, partitions, time ?? TimeProvider.System, NullLogger<PostgresLog>.Instance);
    }

    public NpgsqlDataSource Source { get; }

    public PostgresLog Log { get; }

    public static LogRecord Record(string key, string value) => new(
        Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), [new("ce_id", Encoding.UTF8.GetBytes($"id of {value}"))]);

    /// <summary>Waits for a condition, with a deadline that fails the test.</summary>
    public static Task Until(Func<bool> condition, string what, CancellationToken cancellationToken) => Until(() => Task.FromResult(condition()), what, cancellationToken);

    /// <summary>Waits for a condition, with a deadline that fails the test.</summary>
    public static async Task Until(Func<Task<bool>> condition, string what, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        while (!await condition())
        {
            try
            {
                await Task.Delay(5, deadline.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"It did not come about that {what}.");
            }
        }
    }

    public void Consume(LogGroup group, ILogConsumer consumer) => consuming.Add(Log.Consume(group, consumer, stopping.Token));

    public async Task AppendNumbers(string topic, int count, CancellationToken cancellationToken)
    {
        foreach (var numbers in Enumerable.Range(0, count).Chunk(200))
        {
            await Log.Append(topic, [.. numbers.Select(n => Record($"key-{n % 50}", $"{n}"))], cancellationToken);
        }
    }

    /// <summary>All values on a topic as of now.</summary>
    public async Task<List<string>> Values(string topic, CancellationToken cancellationToken)
    {
        var end = await Log.EndOf(topic, cancellationToken);
        var values = new List<string>();
        await foreach (var page in Log.Read(Cursor.Beginning(await Log.Describe(cancellationToken), topic), cancellationToken))
        {
            values.AddRange(page.Records.Select(record => Encoding.UTF8.GetString(record.Record.Value.Span)));
            if (page.Cursor.Covers(end)) break;
        }

        return values;
    }

    public async Task Execute(string sql, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<T> Ask<T>(string sql, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!; // every question has an answer
    }

    /// <summary>Waits until a session of this database waits for a lock of a kind, as <c>pg_stat_activity.wait_event</c> names it.</summary>
    public Task SomeoneWaits(string kind, CancellationToken cancellationToken) => Until(
        () => Ask<bool>($"select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and wait_event = '{kind}')", cancellationToken),
        "someone waits", cancellationToken);

    public async Task Stop()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(consuming);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        await Log.DisposeAsync();
        await Source.DisposeAsync();
        stopping.Dispose();
    }
}
