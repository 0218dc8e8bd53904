using System.Diagnostics;
using System.Globalization;
using Cmdr.Postgres;

namespace Cmdr.Testing;

/// <summary>A server's first process and its children, each of which leads a session of its own.</summary>
internal static class ServerProcesses
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60);

    /// <summary>The first process and its children as of now.</summary>
    internal static async Task<IReadOnlyList<int>> Of(int first, CancellationToken cancellationToken)
    {
        var listed = await OsCommand.Run(["ps", "-A", "-o", "pid=,ppid=,stat="], cancellationToken).ConfigureAwait(false);
        if (!listed.Succeeded) throw new InvalidOperationException($"ps failed: {listed.Said}");
        return
        [
            .. from line in listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
               let columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               let pid = int.Parse(columns[0], CultureInfo.InvariantCulture)
               where (pid == first || columns[1] == first.ToString(CultureInfo.InvariantCulture)) && !columns[2].StartsWith('Z')
               select pid,
        ];
    }

    /// <summary>Kills them all; the first is stopped before, so that it starts no others meanwhile. None is left when it returns.</summary>
    internal static async Task Kill(int first, CancellationToken cancellationToken)
    {
        await Signal("STOP", [first], cancellationToken).ConfigureAwait(false);
        var all = await Of(first, cancellationToken).ConfigureAwait(false);
        await Signal("KILL", all, cancellationToken).ConfigureAwait(false);
        for (var watch = Stopwatch.StartNew(); await Lives(all, cancellationToken).ConfigureAwait(false); await Task.Delay(Poll, cancellationToken).ConfigureAwait(false))
        {
            if (watch.Elapsed > EndLimit) throw new InvalidOperationException($"Of the processes {string.Join(", ", all)} some live {EndLimit.TotalSeconds} s after they were killed.");
        }
    }

    private static async Task<bool> Lives(IReadOnlyList<int> pids, CancellationToken cancellationToken)
    {
        var listed = await OsCommand.Run(["ps", "-o", "stat=", "-p", string.Join(',', pids)], cancellationToken).ConfigureAwait(false);
        return listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Any(state => !state.StartsWith('Z'));
    }

    private static async Task Signal(string name, IReadOnlyList<int> pids, CancellationToken cancellationToken)
    {
        // A child may end by itself before its signal comes.
        var sent = await OsCommand.Run(["kill", "-s", name, .. pids.Select(pid => pid.ToString(CultureInfo.InvariantCulture))], cancellationToken).ConfigureAwait(false);
        if (!sent.Succeeded && pids.Count == 1) throw new InvalidOperationException($"kill failed: {sent.Said}");
    }
}
