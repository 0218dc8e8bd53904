using MassTransit.Util;

namespace Cmdr.Bus;

/// <summary>What is to end before a message is done with. Few consumers add any: the collection is made for the first who does, whichever of several at once that is.</summary>
internal struct PendingTasks
{
    private PendingTaskCollection? tasks;

    public void Add(Task task)
    {
        if (!task.IsCompletedSuccessfully) (Volatile.Read(ref tasks) ?? Interlocked.CompareExchange(ref tasks, new(1), null) ?? tasks).Add(task);
    }

    public readonly Task Completed(CancellationToken cancellationToken) => tasks?.Completed(cancellationToken) ?? Task.CompletedTask;
}
