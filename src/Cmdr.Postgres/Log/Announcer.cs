using Npgsql;

namespace Cmdr.Postgres;

/// <summary>
/// Tells what was committed: readers in this host directly, other hosts by NOTIFY. Never inside a transaction that appends, since transactions that notify
/// commit one after another. What happens while a NOTIFY is under way goes with the next. One that fails is not repeated: readers poll too.
/// </summary>
internal sealed class Announcer(NpgsqlDataSource source, Wakeups wakeups) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly HashSet<string> pending = new(StringComparer.Ordinal);
    private readonly KeptConnection connection = new(source);
    private Task sending = Task.CompletedTask;
    private bool isSending;

    /// <summary>Names this host in its notifications, so that it does not hear itself.</summary>
    internal string Host { get; } = Guid.NewGuid().ToString("N");

    internal void Appended(IEnumerable<short> topicIds) => Announce(topicIds.Select(Wakeups.Topic));

    internal void GroupChanged(short groupId) => Announce([Wakeups.Group(groupId)]);

    /// <summary>The key of a notification of another host; null for one of this host.</summary>
    internal string? KeyOf(string payload) =>
        payload.Split(' ') is [var host, var key] && host != Host ? key : null;

    public async ValueTask DisposeAsync()
    {
        await sending.ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private void Announce(IEnumerable<string> keys)
    {
        lock (gate)
        {
            foreach (var key in keys)
            {
                wakeups.Wake(key);
                pending.Add($"{Host} {key}");
            }

            if (isSending) return;
            isSending = true;
            sending = Task.Run(SendAll);
        }
    }

    private async Task SendAll()
    {
        while (NextPayloads() is { Length: > 0 } payloads)
        {
            try
            {
                var open = await connection.Open(CancellationToken.None).ConfigureAwait(false);
                await Query.Rows(open, Sql.Notify, parameters => parameters.With(payloads), _ => true, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // Whoever polls hears of it; the next notification has a connection of its own.
                await connection.Discard().ConfigureAwait(false);
            }
        }
    }

    private string[] NextPayloads()
    {
        lock (gate)
        {
            string[] payloads = [.. pending];
            pending.Clear();
            isSending = payloads.Length > 0;
            return payloads;
        }
    }
}
