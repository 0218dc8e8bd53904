using System.Collections.Concurrent;
using System.Reflection;
using Xunit.v3;

namespace Cmdr;

/// <summary>
/// The machine as test assemblies share it: <c>dotnet test</c> runs them side by side, but one that takes promised times wants it for itself. A lock on a file,
/// which ends with its process; a second one, so that who waits to be alone is not kept waiting by those that come after.
/// </summary>
/// <param name="folder">Of the two files.</param>
internal sealed class Machine(string folder)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>The one that all assemblies share; its files are beside the build's output, in <c>tests/obj</c>.</summary>
    internal static Machine Ours { get; } = new(Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "../../../../obj")).FullName);

    /// <summary>Waits until no other test is at work, and keeps it so until disposed of.</summary>
    internal Task<IDisposable> Alone(CancellationToken stop) => Task.Run<IDisposable>(
        () =>
        {
            var gate = Lock("gate", FileShare.None, stop);
            try
            {
                return new Both(gate, Lock("work", FileShare.None, stop));
            }
            catch
            {
                gate.Dispose();
                throw;
            }
        }, stop);

    /// <summary>At work beside others, once nobody is alone or waits to be.</summary>
    internal IDisposable Shared(CancellationToken stop)
    {
        using (Lock("gate", FileShare.Read, stop)) return Lock("work", FileShare.Read, stop);
    }

    private FileStream Lock(string name, FileShare share, CancellationToken stop)
    {
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                // On Unix an exclusive lock where nothing is shared, and a shared one of readers.
                return new(Path.Combine(folder, $"{name}.lock"), FileMode.OpenOrCreate, share == FileShare.None ? FileAccess.ReadWrite : FileAccess.Read, share);
            }
            catch (IOException taken) when (taken.GetType() == typeof(IOException))
            {
                stop.WaitHandle.WaitOne(Look);
            }
        }
    }

    private sealed class Both(FileStream gate, FileStream work) : IDisposable
    {
        public void Dispose()
        {
            work.Dispose();
            gate.Dispose();
        }
    }
}

/// <summary>Of an assembly: its tests are at work beside others', and none begins while somebody is alone on the machine.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class SharesTheMachineAttribute : BeforeAfterTestAttribute
{
    private readonly ConcurrentDictionary<string, IDisposable> shares = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => shares[test.UniqueID] = Machine.Ours.Shared(Xunit.TestContext.Current.CancellationToken);

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (shares.TryRemove(test.UniqueID, out var share)) share.Dispose();
    }
}
