using Npgsql;

namespace Cmdr.Postgres;

/// <summary>The one connection on which this host hears what other hosts committed.</summary>
internal sealed class NotificationListener(NpgsqlDataSource source, Announcer announcer, Wakeups wakeups, LogHealth health) : IAsyncDisposable
{
    private const string Part = "listen";
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private Task? listening;

    /// <summary>Begins to listen; once is enough.</summary>
    internal void Start()
    {
        lock (gate) listening ??= Task.Run(Listen);
    }

    /// <summary>Listens no more; readers go on by polling.</summary>
    internal async Task Stop()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        if (listening is not null) await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop().ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task Listen()
    {
        var backoff = new Backoff();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Listen(backoff).ConfigureAwait(false);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                health.Faulty(Part, exception);
                await backoff.Wait(stopping.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task Listen(Backoff backoff)
    {
        var connection = await source.OpenConnectionAsync(stopping.Token).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        connection.Notification += (_, e) =>
        {
            if (announcer.KeyOf(e.Payload) is { } key) wakeups.Wake(key);
        };
        while (true)
        {
            // Listening again after a silence costs nothing and shows a connection that died unseen.
            using var listen = new NpgsqlCommand(Sql.Listen, connection);
            await listen.ExecuteNonQueryAsync(stopping.Token).ConfigureAwait(false);
            if (backoff.Reset()) wakeups.WakeAll();
            health.Well(Part);
            while (await connection.WaitAsync(Silence, stopping.Token).ConfigureAwait(false))
            {
            }
        }
    }
}
