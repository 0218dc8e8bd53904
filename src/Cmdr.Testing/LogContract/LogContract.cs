using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Cmdr.Testing;

/// <summary>
/// What every <see cref="ILog"/> must do, as cases that any test framework runs one by one. An implementation supplies the abilities below, and runs
/// <see cref="Cases"/> as one test each. A log is done when it passes.
/// </summary>
/// <remarks>Cases use topics and groups of their own, so that all of them may run against one log.</remarks>
public abstract class LogContract
{
    private const int DefaultPatience = 30;

    /// <summary>The cases, each to be run with a subject of its own or with a shared one, one after another or at once.</summary>
    public static IReadOnlyList<LogContractCase> Cases { get; } =
    [
        .. In(trial => new AppendingCases(trial)),
        .. In(trial => new ReadingCases(trial)),
        .. In(trial => new GroupCases(trial)),
        .. In(trial => new PositionCases(trial)),
        .. In(trial => new RequestedCases(trial)),
        .. In(trial => new CommittingCases(trial)),
        .. In(trial => new FencingCases(trial)),
    ];

    /// <summary>How long anything may take before a case fails; a log that hands partitions over slowly needs more than the default of 30 s.</summary>
    public virtual TimeSpan Patience => TimeSpan.FromSeconds(DefaultPatience);

    /// <summary>The case of this name.</summary>
    public static LogContractCase Case(string name) => Cases.Single(candidate => candidate.Name == name);

    /// <summary>Opens the log, as another host would each time; it has at least three partitions. Whoever supplies it disposes of it when the subject is done.</summary>
    public abstract Task<ILog> OpenLog(CancellationToken cancellationToken);

    /// <summary>Deletes the log and makes it anew where it was, as an operator might. What was opened before is not used any more.</summary>
    public abstract Task Recreate(CancellationToken cancellationToken);

    /// <summary>
    /// Makes the member of <paramref name="group"/> that owns <paramref name="partition"/> lose its lease of all that it owns, as though it had been away for too
    /// long: others may take it before the member notices. The member itself may join again once it has noticed.
    /// </summary>
    public abstract Task Expire(LogGroup group, TopicPartition partition, CancellationToken cancellationToken);

    private static IEnumerable<LogContractCase> In<T>(Func<LogTrial, T> create)
        where T : notnull =>
        from method in typeof(T).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where method.ReturnType == typeof(Task)
        orderby method.MetadataToken
        select new LogContractCase(method.Name, (subject, cancellationToken) => LogTrial.Run(subject, trial => Invoke(method, create(trial)), cancellationToken));

    private static Task Invoke(MethodInfo method, object cases)
    {
        try
        {
            return (Task)method.Invoke(cases, [])!; // the query above picks methods that return Task
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }
}

/// <summary>One thing that a log must do.</summary>
/// <param name="Name">A sentence with underscores.</param>
/// <param name="Run">Throws <see cref="ExpectationException"/> where the log does something else.</param>
public sealed record LogContractCase(string Name, Func<LogContract, CancellationToken, Task> Run)
{
    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
