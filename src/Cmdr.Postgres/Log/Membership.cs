using System.Diagnostics;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>
/// This host's row among a group's members. It beats in the background, whatever the consumer does; a member that was silent for too long is deleted by any
/// other, its leases are free then, and it hears so at its next beat. Times are the database's.
/// </summary>
internal sealed class Membership(LogParts parts, LogGroup settings, short group, short[] topics, Action changed) : IAsyncDisposable
{
    internal static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1.5);

    private readonly KeptConnection connection = new(parts.Source);
    private readonly AsyncSignal look = new();
    private readonly string part = $"stay a member of the group {settings.Name}";
    private readonly CancellationTokenSource stopping = new();
    private Task beating = Task.CompletedTask;
    private long lastBeat;
    private Share? share;
    private volatile bool isOut;

    /// <summary>A new one for each time that the host joins.</summary>
    internal Guid Id { get; } = Guid.CreateVersion7();

    /// <summary>True once others may have taken what this member had.</summary>
    internal bool IsOut => isOut;

    /// <summary>True while nobody can have evicted this member: it beat lately, by a clock that goes on while a process is stopped.</summary>
    internal bool IsSure => !IsOut && Stopwatch.GetElapsedTime(Volatile.Read(ref lastBeat)) < Silence - Interval;

    /// <exception cref="InvalidOperationException">The group has members with other topics or another way to keep its position.</exception>
    internal static async Task<Membership> Join(LogParts parts, LogGroup settings, short group, short[] topics, Action changed, CancellationToken cancellationToken)
    {
        var membership = new Membership(parts, settings, group, topics, changed);
        try
        {
            await membership.Join(cancellationToken).ConfigureAwait(false);
            return membership;
        }
        catch
        {
            await membership.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Beats at once, since the group may have changed.</summary>
    internal void Look() => look.Set();

    /// <summary>What falls to this member by the last beat; null when that was taken already.</summary>
    internal Share? TakeShare() => Interlocked.Exchange(ref share, null);

    /// <summary>Lets go of everything: it cannot be known what this member has.</summary>
    internal void Abandon() => isOut = true;

    /// <summary>Stops beating, and deletes the member if it can: else its silence does.</summary>
    internal async Task Leave(CancellationToken cancellationToken)
    {
        await Stop().ConfigureAwait(false);
        var open = await connection.Open(cancellationToken).ConfigureAwait(false);
        await Query.Rows(open, Sql.Leave, parameters => parameters.With(group).With(Id), _ => true, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task Join(CancellationToken cancellationToken)
    {
        var open = await connection.Open(cancellationToken).ConfigureAwait(false);
        if (!await TryJoin(open, cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidOperationException($"The group {settings.Name} has members with other topics or another way to keep its position.");
        }

        await Tend(cancellationToken).ConfigureAwait(false);
        beating = Task.Run(BeatOn, CancellationToken.None);
    }

    /// <summary>False where the group's members do something else.</summary>
    private async Task<bool> TryJoin(NpgsqlConnection open, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(open);
        batch.Add(Sql.LockGroup).Parameters.With(group);
        batch.Add(Sql.CreateLeases).Parameters.With(group).With(topics);
        batch.Add(Sql.Evict).Parameters.With(group);
        batch.Add(Sql.Join).Parameters.With(group).With(Id).With(Silence).With(topics.Order().ToArray()).With((short)settings.Keeping);
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task Stop()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task BeatOn()
    {
        var backoff = new Backoff();
        var pause = Interval;
        using var hearing = parts.Wakeups.Subscribe([Wakeups.Group(group)], look);
        while (!IsOut)
        {
            await look.Wait(pause, stopping.Token).ConfigureAwait(false);
            try
            {
                await Tend(stopping.Token).ConfigureAwait(false);
                backoff.Reset();
                parts.Health.Well(part);
                pause = Interval;
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                await connection.Discard().ConfigureAwait(false);
                parts.Health.Faulty(part, exception);
                pause = backoff.Next();
            }
        }
    }

    private async Task Tend(CancellationToken cancellationToken)
    {
        var open = await connection.Open(cancellationToken).ConfigureAwait(false);
        using var batch = new NpgsqlBatch(open);
        batch.Add(Sql.Beat).Parameters.With(group).With(Id).With(Silence);
        batch.Add(Sql.Evict).Parameters.With(group);
        batch.Add(Sql.Leases).Parameters.With(group).With(topics);
        await batch.PrepareAsync(cancellationToken).ConfigureAwait(false);
        var asked = Stopwatch.GetTimestamp();
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            isOut = true;
            changed();
            return;
        }

        Volatile.Write(ref lastBeat, asked);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var (members, leases) = await Leases(reader, cancellationToken).ConfigureAwait(false);
        if (members.Contains(Id)) Interlocked.Exchange(ref share, Shares.Of(Id, members, leases));
        changed();
    }

    private static async Task<(Guid[] Members, List<Lease> Leases)> Leases(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        Guid[] members = [];
        var leases = new List<Lease>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (leases.Count == 0) members = reader.GetFieldValue<Guid[]>(5);
            leases.Add(new(new(reader.GetInt16(0), reader.GetInt32(1)), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetGuid(3), reader.GetInt64(4)));
        }

        return (members, leases);
    }
}
