using GraphQL;
using GraphQL.Execution;
using ExecutionContext = GraphQL.Execution.ExecutionContext;

namespace Cmdr.Graph;

/// <summary>
/// Executes subscriptions by pull: the library's own strategy pushes through a queue without bound. The stream that it hands out executes one source value at a
/// time, when its reader asks.
/// </summary>
internal sealed class PullStrategy : SubscriptionExecutionStrategy
{
    internal PullStrategy()
        : base(new SerialExecutionStrategy())
    {
    }

    protected override async Task<IObservable<ExecutionResult>?> ResolveResponseStreamAsync(ExecutionContext context, ExecutionNode node)
    {
        try
        {
            var source = (SubscriptionField)node.FieldDefinition;
            var wanted = await source.Resolve(new ReadonlyResolveFieldContext(node, context)).ConfigureAwait(false);
            var preserved = CloneExecutionContext(context, CancellationToken.None);
            return new PulledStream(wanted, async (value, cancellationToken) =>
            {
                using var child = CloneExecutionContext(preserved, cancellationToken);
                return await ProcessDataAsync(child, node, value).ConfigureAwait(false);
            });
        }
        catch (ExecutionError e)
        {
            e.Path ??= node.ResponsePath;
            e.AddLocation(node.Field, context.Document);
            context.Errors.Add(e);
            return null;
        }
    }
}

/// <summary>A subscription that is ready to be read.</summary>
/// <param name="wanted">What it wants of the log.</param>
/// <param name="execute">Gives the result for one record.</param>
internal sealed class PulledStream(WantedRecords wanted, Func<GraphRecord, CancellationToken, ValueTask<ExecutionResult>> execute) : IObservable<ExecutionResult>
{
    internal WantedRecords Wanted => wanted;

    internal ValueTask<ExecutionResult> Execute(GraphRecord record, CancellationToken cancellationToken) => execute(record, cancellationToken);

    /// <summary>Not supported: it is pulled.</summary>
    public IDisposable Subscribe(IObserver<ExecutionResult> observer) => throw new NotSupportedException("A pulled stream has no observers.");
}

/// <summary>What a subscription wants of the log.</summary>
/// <param name="Topic">Which topic.</param>
/// <param name="Filter">Which records.</param>
/// <param name="After">After which place.</param>
internal sealed record WantedRecords(string Topic, HistoryFilter Filter, Cursor After);
