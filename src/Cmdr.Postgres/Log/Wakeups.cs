using System.Collections.Immutable;

namespace Cmdr.Postgres;

/// <summary>Who in this host wants to hear that something happened to a topic or a group.</summary>
internal sealed class Wakeups
{
    private ImmutableList<Subscription> subscriptions = [];

    internal static string Topic(short id) => FormattableString.Invariant($"t{id}");

    internal static string Group(short id) => FormattableString.Invariant($"g{id}");

    /// <summary>Sets <paramref name="signal"/> whenever one of <paramref name="keys"/> is woken, until disposed.</summary>
    internal IDisposable Subscribe(IReadOnlyCollection<string> keys, AsyncSignal signal)
    {
        var subscription = new Subscription(this, [.. keys], signal);
        ImmutableInterlocked.Update(ref subscriptions, list => list.Add(subscription));
        return subscription;
    }

    internal void Wake(string key)
    {
        foreach (var subscription in subscriptions)
        {
            if (subscription.Keys.Contains(key)) subscription.Signal.Set();
        }
    }

    /// <summary>Wakes everyone: it is not known what happened.</summary>
    internal void WakeAll()
    {
        foreach (var subscription in subscriptions) subscription.Signal.Set();
    }

    private sealed record Subscription(Wakeups Wakeups, ImmutableArray<string> Keys, AsyncSignal Signal) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref Wakeups.subscriptions, list => list.Remove(this));
    }
}
