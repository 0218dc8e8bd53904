using System.Runtime.CompilerServices;
using System.Text;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>Reads subscriptions by pull: a reader that is slow is caught up from the log by the tail, and nothing queues up for it.</summary>
internal sealed class Subscriptions(Func<string, LogTail> tails)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Likeness, SharedExecution> shared = [];

    /// <summary>The results as they come; a page without results tells progress. Ends with the host.</summary>
    /// <exception cref="CursorException">The log was recreated, or lost its tail.</exception>
    internal async IAsyncEnumerable<ResultPage> Read(Prepared prepared, PulledStream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var likeness = Likeness.Of(prepared);
        var execution = Join(likeness, stream);
        try
        {
            var cursor = stream.Wanted.After;
            await foreach (var page in tails(stream.Wanted.Topic).Follow(cursor, cancellationToken).ConfigureAwait(false))
            {
                var payloads = await execution.Results(page, cursor).WaitAsync(cancellationToken).ConfigureAwait(false);
                cursor = page.Cursor;
                yield return new(payloads, cursor);
            }
        }
        finally
        {
            Leave(likeness, execution);
        }
    }

    private SharedExecution Join(Likeness likeness, PulledStream stream)
    {
        lock (gate)
        {
            if (!shared.TryGetValue(likeness, out var execution)) shared.Add(likeness, execution = new(stream));
            execution.Members++;
            return execution;
        }
    }

    private void Leave(Likeness likeness, SharedExecution execution)
    {
        lock (gate)
        {
            if (--execution.Members == 0) shared.Remove(likeness);
        }
    }

    /// <summary>What must be equal for two subscriptions to have the same results: all but where they begin.</summary>
    private sealed record Likeness(ValidatedDocument Document, GraphQLOperationDefinition Operation, string Variables)
    {
        internal static Likeness Of(Prepared prepared)
        {
            var (document, operation) = (prepared.Document!, prepared.Operation!); // it runs, so it was prepared without errors
            var start = StartOf(document, operation);
            var variables = new StringBuilder();
            foreach (var name in (operation.Variables?.Items ?? []).Select(variable => variable.Variable.Name.StringValue).Where(name => name != start))
            {
                if (prepared.Request.Variables is { } given && given.TryGetProperty(name, out var value)) variables.Append(value.GetRawText());
                variables.Append(';');
            }

            return new(document, operation, variables.ToString());
        }

        /// <summary>The variable that says where to begin and nothing else; null when there is none.</summary>
        private static string? StartOf(ValidatedDocument document, GraphQLOperationDefinition operation)
        {
            if (operation.SelectionSet.Selections is not [GraphQLField field] || field.Arguments?.ValueFor(SubscriptionFields.After) is not GraphQLVariable variable) return null;
            var name = variable.Name.StringValue;
            return document.Text.Split('$' + name).Length == 3 ? name : null; // declared once and used once
        }
    }
}

/// <summary>Results for consecutive records.</summary>
/// <param name="Payloads">Each a response as JSON; empty where the page only tells progress.</param>
/// <param name="Cursor">After the page.</param>
internal readonly record struct ResultPage(IReadOnlyList<ReadOnlyMemory<byte>> Payloads, Cursor Cursor);
