using MassTransit;
using MassTransit.Context;
using MassTransit.Transports;

namespace Cmdr.Bus;

/// <summary>The endpoint as the log sees it: puts each slice through the receive pipe, and passes on what its owner is to hear.</summary>
/// <param name="owner">Who hears of partitions.</param>
/// <param name="endpoint">What all slices share.</param>
/// <param name="dispatcher">The receive pipe, with all middleware.</param>
/// <param name="report">Told of what fails and what works.</param>
/// <param name="time">The host's clock.</param>
/// <param name="stop">When to end.</param>
internal sealed class SlicePump(
    IPartitionOwner owner, LogEndpointContext endpoint, IReceivePipeDispatcher dispatcher, EndpointReport report, TimeProvider time, StopSignal stop) : ILogConsumer
{
    private bool handled;

    public async ValueTask Consume(Slice slice, CancellationToken cancellationToken)
    {
        // Async-local: the log may call from a flow that belongs to another host of this process.
        LogContext.Current = endpoint.LogContext;
        handled = false;
        slice.Reset();
        using var end = stop.EndOfSlice(cancellationToken);
        var receive = new SliceReceiveContext(endpoint, slice, time, end.Token);
        try
        {
            await dispatcher.Dispatch(receive, NoLockReceiveContext.Instance).ConfigureAwait(false);
            if (!receive.IsDelivered) throw new MessageNotConsumedException(endpoint.InputAddress, "No consumer handled the slice: its middleware kept it or swallowed a fault.");
            handled = true;
        }
        catch (Exception exception) when (!stop.Explains(exception))
        {
            await report.SliceFailed(slice, exception).ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
    {
        LogContext.Current = endpoint.LogContext;
        report.Assigning();
        try
        {
            var starts = await owner.Assigned(partitions, cancellationToken).ConfigureAwait(false);
            await report.Assigned().ConfigureAwait(false);
            return starts;
        }
        catch (Exception exception) when (!stop.Explains(exception))
        {
            await report.AssignmentFailed(partitions, exception).ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask Committed(Slice slice, CancellationToken cancellationToken)
    {
        await report.SliceCommitted(slice).ConfigureAwait(false);
        await owner.Committed(slice, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask Aborted(Slice slice, CancellationToken cancellationToken)
    {
        if (handled) await report.CommitFailed(slice).ConfigureAwait(false);
        handled = false;
        await owner.Aborted(slice, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        await owner.Revoked(partitions, cancellationToken).ConfigureAwait(false);
        await report.Gone(partitions).ConfigureAwait(false);
    }

    public async ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        await owner.Lost(partitions, cancellationToken).ConfigureAwait(false);
        await report.Gone(partitions).ConfigureAwait(false);
    }
}
