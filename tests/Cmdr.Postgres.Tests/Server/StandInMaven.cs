using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MysticMind.PostgresEmbed;

namespace Cmdr.Postgres.Tests.Server;

/// <summary>A Maven repository on loopback that has one release, made of this machine's own binaries.</summary>
internal sealed class StandInMaven : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Dictionary<string, byte[]> files;
    private readonly Task serving;

    private StandInMaven(Dictionary<string, byte[]> files)
    {
        this.files = files;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = new($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/maven2");
        }

        listener.Prefixes.Add($"{Address}/");
        listener.Start();
        serving = Serve();
    }

    internal Uri Address { get; }

    /// <summary>What was asked for.</summary>
    internal ConcurrentQueue<string> Asked { get; } = new();

    /// <param name="binaries">What the release holds; null: there is no release.</param>
    /// <param name="version">What the release is called.</param>
    /// <param name="isDamaged">Whether the release is other than its checksum says.</param>
    internal static StandInMaven With(PostgresBinaries? binaries, string version = "17.6.0", bool isDamaged = false)
    {
        if (binaries is null) return new([]);
        var artifact = $"embedded-postgres-binaries-{PgPlatform.Detect().ArtifactName}";
        var folder = $"/maven2/io/zonky/test/postgres/{artifact}";
        var jar = Jar(binaries);
        var sum = isDamaged ? new string('0', 64) : Convert.ToHexStringLower(SHA256.HashData(jar));
        return new(new()
        {
            [$"{folder}/maven-metadata.xml"] = Encoding.UTF8.GetBytes($"<metadata><versioning><versions><version>{version}</version></versions></versioning></metadata>"),
            [$"{folder}/{version}/{artifact}-{version}.jar"] = jar,
            [$"{folder}/{version}/{artifact}-{version}.jar.sha256"] = Encoding.UTF8.GetBytes(sum),
        });
    }

    public async ValueTask DisposeAsync()
    {
        // Not stopped before: closing what is stopped binds its port once more, which may be another's by then.
        listener.Close();
        await serving;
    }

    private static byte[] Jar(PostgresBinaries binaries)
    {
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, leaveOpen: true))
        {
            foreach (var (file, name) in Release(Path.GetDirectoryName(binaries.Folder)!)) tar.WriteEntry(file, name); // programs are in a folder's bin
        }

        using var jar = new MemoryStream();
        using (var zip = new ZipArchive(jar, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("postgres-release.txz", CompressionLevel.NoCompression).Open();
            entry.Write(archive.ToArray());
        }

        return jar.ToArray();
    }

    /// <summary>The programs, and what they look for beside themselves: some builds have it there, others at fixed places of the machine.</summary>
    private static IEnumerable<(string File, string Name)> Release(string root) =>
        from part in (string[])["bin", "lib", "share"]
        let folder = Path.Combine(root, part)
        where part == "bin" || (Directory.Exists(folder) && Directory.EnumerateFiles(folder, part == "lib" ? "dict_snowball.*" : "postgres.bki").Any())
        from file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        where !file.Contains("/bitcode/", StringComparison.Ordinal)
        select (file, Path.GetRelativePath(root, file));

    private async Task Serve()
    {
        while (listener.IsListening)
        {
            HttpListenerContext asked;
            try
            {
                asked = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return; // the end
            }

            var path = asked.Request.Url!.AbsolutePath; // a request that arrived has an address
            Asked.Enqueue(path);
            asked.Response.StatusCode = files.TryGetValue(path, out var file) ? 200 : 404;
            asked.Response.Close(file ?? [], willBlock: false);
        }
    }
}
