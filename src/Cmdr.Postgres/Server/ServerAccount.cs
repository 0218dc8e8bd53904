namespace Cmdr.Postgres;

/// <summary>The user of the operating system that runs the server: PostgreSQL refuses root, so root drops to <c>postgres</c>.</summary>
internal abstract class ServerAccount
{
    /// <summary>Who this process must run the server as.</summary>
    internal static ServerAccount Current => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? new Dropped("postgres") : new Own();

    /// <summary>A command as this user runs it.</summary>
    internal abstract IReadOnlyList<string> Command(params IReadOnlyList<string> command);

    /// <summary>Makes a folder that only this user can enter.</summary>
    internal abstract Task MakePrivate(string folder, CancellationToken cancellationToken);

    /// <summary>The user that started this process, who is not root.</summary>
    private sealed class Own : ServerAccount
    {
        internal override IReadOnlyList<string> Command(params IReadOnlyList<string> command) => command;

        internal override Task MakePrivate(string folder, CancellationToken cancellationToken)
        {
            Directory.CreateDirectory(folder);
            RefuseLink(folder);
            try
            {
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            catch (UnauthorizedAccessException e)
            {
                // Only its owner can change a folder's mode.
                throw new PostgresStartException($"{folder} belongs to another user. Remove it, or set Cmdr:Data to another folder.", e);
            }

            return Task.CompletedTask;
        }
    }

    /// <summary>Another user, to whom root drops.</summary>
    private sealed class Dropped(string user) : ServerAccount
    {
        internal override IReadOnlyList<string> Command(params IReadOnlyList<string> command) =>
            OsCommand.Find("runuser") is { } runuser ? [runuser, "-u", user, "--", .. command]
            : OsCommand.Find("su") is { } su ? [su, "-s", "/bin/sh", user, "-c", "exec " + string.Join(' ', command.Select(Quoting.Shell))]
            : throw new PostgresStartException("PostgreSQL refuses to run as root, and neither runuser nor su is there to drop to another user. Install util-linux, run as an ordinary user, or set ConnectionStrings:Postgres.");

        internal override async Task MakePrivate(string folder, CancellationToken cancellationToken)
        {
            await RefuseMissingUser(cancellationToken).ConfigureAwait(false);
            Directory.CreateDirectory(folder);
            // Owner before mode: once it is the server's, nobody else can put a link in its place.
            await Must(["chown", "-h", user, folder], cancellationToken).ConfigureAwait(false);
            RefuseLink(folder);
            await Must(["chmod", "0700", folder], cancellationToken).ConfigureAwait(false);
            var entered = await OsCommand.Run(Command("test", "-x", folder), cancellationToken).ConfigureAwait(false);
            if (!entered.Succeeded)
            {
                throw new PostgresStartException($"The user {user}, who runs the server for root, cannot reach {folder}: {Closed(folder)} is closed to others. Open it (chmod o+x), or set Cmdr:Data to another folder.");
            }
        }

        private static string Closed(string folder)
        {
            var ancestors = new List<string>();
            for (var parent = Path.GetDirectoryName(folder); parent is not null; parent = Path.GetDirectoryName(parent)) ancestors.Add(parent);
            return ancestors.LastOrDefault(ancestor => !OperatingSystem.IsWindows() && !File.GetUnixFileMode(ancestor).HasFlag(UnixFileMode.OtherExecute)) ?? ancestors[0];
        }

        private static async Task Must(IReadOnlyList<string> command, CancellationToken cancellationToken)
        {
            var outcome = await OsCommand.Run(command, cancellationToken).ConfigureAwait(false);
            if (!outcome.Succeeded) throw new PostgresStartException($"{string.Join(' ', command)} failed: {outcome.Said}");
        }

        private async Task RefuseMissingUser(CancellationToken cancellationToken)
        {
            var known = await OsCommand.Run(["id", "-u", user], cancellationToken).ConfigureAwait(false);
            if (!known.Succeeded)
            {
                throw new PostgresStartException($"PostgreSQL refuses to run as root, and this machine has no user {user} to drop to. Add it (useradd --system {user}), run as an ordinary user, or set ConnectionStrings:Postgres.");
            }
        }
    }

    private static void RefuseLink(string folder)
    {
        if (new DirectoryInfo(folder).LinkTarget is { } target) throw new PostgresStartException($"{folder} is a link to {target}; the server's folders must be folders. Remove it, or set Cmdr:Data to another folder.");
    }
}
