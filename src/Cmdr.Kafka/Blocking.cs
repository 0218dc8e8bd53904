namespace Cmdr.Kafka;

/// <summary>Waits on a thread that is there to wait: a member's own, never one of the pool's.</summary>
internal static class Blocking
{
    internal static T Wait<T>(ValueTask<T> task) => task.IsCompletedSuccessfully ? task.GetAwaiter().GetResult() : task.AsTask().GetAwaiter().GetResult();

    internal static void Wait(ValueTask task)
    {
        if (!task.IsCompletedSuccessfully) task.AsTask().GetAwaiter().GetResult();
    }
}
