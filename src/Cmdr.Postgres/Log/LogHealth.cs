using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Cmdr.Postgres;

/// <summary>Which parts of the log are at fault just now; said once per change.</summary>
internal sealed partial class LogHealth : IHealthCheck
{
    private readonly ILogger<PostgresLog> logger;
    private readonly Guid? member;
    private readonly ConcurrentDictionary<(string Part, Guid? Member), string> faults;

    public LogHealth(ILogger<PostgresLog> logger)
        : this(logger, null, new())
    {
    }

    private LogHealth(ILogger<PostgresLog> logger, Guid? member, ConcurrentDictionary<(string Part, Guid? Member), string> faults) =>
        (this.logger, this.member, this.faults) = (logger, member, faults);

    /// <summary>The same, as one member of a group tells it: that another does well mends nothing of its own.</summary>
    internal LogHealth OfMember() => new(logger, Guid.CreateVersion7(), faults);

    internal void Faulty(string part, Exception exception)
    {
        var isNews = !IsFaulty(part);
        faults[(part, member)] = exception.Message;
        if (isNews) LogFault(logger, part, exception.Message, exception);
    }

    internal void Well(string part)
    {
        if (faults.IsEmpty) return;
        // Its own, and what was left behind by one that is here no more: both are to be removed.
        var isNews = faults.TryRemove((part, member), out _) | faults.TryRemove((part, null), out _);
        if (isNews && !IsFaulty(part)) LogRecovery(logger, part);
    }

    /// <summary>The member is here no more: what it could not do remains at fault until another can.</summary>
    internal void Leave()
    {
        foreach (var fault in faults.Where(fault => fault.Key.Member == member && faults.TryRemove(fault))) faults[(fault.Key.Part, null)] = fault.Value;
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(faults.IsEmpty
        ? HealthCheckResult.Healthy()
        : HealthCheckResult.Unhealthy(string.Join("; ", faults.Select(fault => $"{fault.Key.Part}: {fault.Value}").Distinct())));

    private bool IsFaulty(string part) => faults.Keys.Any(known => known.Part == part);

    [LoggerMessage(1, LogLevel.Error, "The log on PostgreSQL fails to {Part}: {Message}")]
    private static partial void LogFault(ILogger logger, string part, string message, Exception exception);

    [LoggerMessage(2, LogLevel.Information, "The log on PostgreSQL does {Part} again")]
    private static partial void LogRecovery(ILogger logger, string part);
}
