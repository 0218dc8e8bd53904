using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>Which parts of the log are at fault just now; said once per change.</summary>
internal sealed partial class LogHealth : IHealthCheck
{
    /// <summary>What is at fault is tried, and told, more often than this; what is not told any more is not tried any more.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(60);

    private readonly ILogger<KafkaLog> logger;
    private readonly MemberId? member;
    private readonly ConcurrentDictionary<(string Part, MemberId? Member), (string Message, long At)> faults;
    private readonly Lock leaving = new();
    private bool hasLeft;

    public LogHealth(ILogger<KafkaLog> logger)
        : this(logger, null, new())
    {
    }

    private LogHealth(ILogger<KafkaLog> logger, MemberId? member, ConcurrentDictionary<(string Part, MemberId? Member), (string Message, long At)> faults) =>
        (this.logger, this.member, this.faults) = (logger, member, faults);

    /// <summary>The same, as one member of a group tells it: that another does well mends nothing of its own.</summary>
    internal LogHealth Of(MemberId teller) => new(logger, teller, faults);

    internal void Faulty(string part, string message)
    {
        bool isNews;
        lock (leaving)
        {
            // Its clients may be closing still, and what they say nobody would take back.
            if (hasLeft) return;
            isNews = !IsFaulty(part);
            faults[(part, member)] = (message, Stopwatch.GetTimestamp());
        }

        if (isNews) LogFault(logger, part, message);
    }

    internal void Well(string part)
    {
        if (faults.IsEmpty) return;
        // Its own, and what was left behind by one that is here no more: both are to be removed.
        var isNews = faults.TryRemove((part, member), out _) | faults.TryRemove((part, null), out _);
        if (isNews && !IsFaulty(part)) LogRecovery(logger, part);
    }

    /// <summary>The member is here no more: what it could not do remains at fault until another can, and what it says from now on is not heard.</summary>
    internal void Leave()
    {
        lock (leaving)
        {
            hasLeft = true;
            foreach (var fault in faults.Where(fault => fault.Key.Member == member && faults.TryRemove(fault))) faults[(fault.Key.Part, null)] = fault.Value;
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        foreach (var fault in faults.Where(fault => Stopwatch.GetElapsedTime(fault.Value.At) >= Lasting)) faults.TryRemove(fault);
        return Task.FromResult(faults.IsEmpty
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(string.Join("; ", faults.Select(fault => $"{fault.Key.Part}: {fault.Value.Message}").Distinct())));
    }

    private bool IsFaulty(string part) => faults.Keys.Any(known => known.Part == part);

    [LoggerMessage(1, LogLevel.Error, "The log on Kafka fails to {Part}: {Message}")]
    private static partial void LogFault(ILogger logger, string part, string message);

    [LoggerMessage(2, LogLevel.Information, "The log on Kafka does {Part} again")]
    private static partial void LogRecovery(ILogger logger, string part);
}
