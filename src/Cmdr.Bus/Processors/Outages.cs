using System.Data.Common;

namespace Cmdr.Bus;

/// <summary>Which failures are the world's and not the event's: what would fail for any event parks none.</summary>
internal sealed class Outages
{
    private readonly List<Func<Exception, bool>> rules = [exception => exception is LogException or DbException { IsTransient: true }];

    public void Add(Func<Exception, bool> rule) => rules.Add(rule);

    /// <summary>True when the exception, or one that it wraps, is one.</summary>
    public bool Explain(Exception? exception) => exception is not null
        && (rules.Any(rule => rule(exception))
            || (exception is AggregateException { InnerExceptions: var several } ? several.Any(Explain) : Explain(exception.InnerException)));
}

/// <summary>What a handler failed with was an outage: its event is handled again when the slice comes again.</summary>
internal sealed class OutageException(Exception outage) : Exception(outage.Message, outage);

/// <summary>A slice was not finished in its time. It goes back to the log, and comes again; what is being handled goes on.</summary>
internal sealed class SliceUnfinishedException(string message) : Exception(message);
