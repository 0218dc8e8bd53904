using MassTransit;

namespace Cmdr.Projections;

/// <summary>Hands the slices of the log's rider to the feed.</summary>
internal sealed class SliceConsumer(Feed feed) : IConsumer<Slice>
{
    public Task Consume(ConsumeContext<Slice> context) => feed.Consume(context.Message, context.CancellationToken).AsTask();
}
