using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>What lies where in the folder of a server of our own.</summary>
/// <param name="Root">The folder, absolute.</param>
internal sealed record ServerFolder(string Root)
{
    /// <summary>The superuser, who is trusted because only the server's own user can reach the socket.</summary>
    internal const string Superuser = "postgres";

    // The shortest sun_path in use, of macOS, is 104 bytes with its terminator; the socket's own name takes 14.
    private const int LongestSocketFolder = 104 - 1 - 14;

    /// <summary>Locked while a host lives.</summary>
    internal string Lock => Path.Combine(Root, "host.lock");

    /// <summary>The process id of the host that holds the lock.</summary>
    internal string Holder => Path.Combine(Root, "host.pid");

    /// <summary>The configuration, written anew at each start.</summary>
    internal string Configuration => Path.Combine(Root, "server.conf");

    /// <summary>Binaries that were fetched.</summary>
    internal string Binaries => Path.Combine(Root, "binaries");

    /// <summary>What belongs to the server's own user and nobody else.</summary>
    internal string Private => Path.Combine(Root, "server");

    /// <summary>PostgreSQL's data directory.</summary>
    internal string Data => Path.Combine(Private, "data");

    /// <summary>Says that the data directory is complete, and of which major version.</summary>
    internal string Version => Path.Combine(Data, "PG_VERSION");

    /// <summary>Written by the server while it runs, and left where it was killed.</summary>
    internal string Postmaster => Path.Combine(Data, "postmaster.pid");

    /// <summary>The server's log.</summary>
    internal string Log => Path.Combine(Private, "server.log");

    /// <summary>Where the socket is: in here, or, where a socket's path would be too long for the system, in a short folder named after this one.</summary>
    internal string Socket => Path.Combine(Private, "socket") is var inside && Encoding.UTF8.GetByteCount(inside) <= LongestSocketFolder ? inside : ShortSocket;

    /// <summary>Whether the socket's folder is not within this one.</summary>
    internal bool IsSocketOutside => Socket == ShortSocket;

    private string ShortSocket => Path.Combine(
        Encoding.UTF8.GetByteCount(Path.GetTempPath()) <= 60 ? Path.GetTempPath() : "/tmp",
        $"cmdr-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Root)))[..16]}");

    /// <summary>How to connect to a database of this server.</summary>
    internal NpgsqlConnectionStringBuilder Connection(string database) => new() { Host = Socket, Port = 5432, Username = Superuser, Database = database };
}
