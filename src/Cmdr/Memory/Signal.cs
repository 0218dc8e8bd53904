using System.Threading.Channels;

namespace Cmdr;

/// <summary>Wakes one waiter; what is set while nobody waits wakes the next wait, once.</summary>
internal sealed class Signal
{
    private readonly Channel<bool> pending = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Set() => pending.Writer.TryWrite(true);

    public async ValueTask Wait(CancellationToken cancellationToken) => await pending.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
}
