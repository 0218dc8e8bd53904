using System.Buffers;
using System.Text.Json;

namespace Cmdr.Graph;

/// <summary>
/// One execution and one serialisation for all who subscribed alike. The tail hands the same page to all that follow it live, so that what one of them had
/// executed serves the others; who is behind executes for himself.
/// </summary>
/// <remarks>Sound because no result depends on who asks.</remarks>
internal sealed class SharedExecution(PulledStream stream)
{
    private const int MaxKeptBytes = 4 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly Queue<(TailPage Page, int Bytes, Task<IReadOnlyList<ReadOnlyMemory<byte>>> Results)> kept = [];
    private int keptBytes;

    /// <summary>How many subscribed alike; written by who hands this out. Who is alone keeps nothing for others.</summary>
    internal int Members { get; set; }

    /// <summary>The results, as JSON, for the records of a page that are wanted.</summary>
    /// <param name="page">A page of the tail.</param>
    /// <param name="start">The cursor before it; equal for all who get the same page.</param>
    internal Task<IReadOnlyList<ReadOnlyMemory<byte>>> Results(TailPage page, Cursor start)
    {
        if (!page.Records.Any(record => stream.Wanted.Filter.Matches(record.Envelope))) return Task.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>([]);
        if (Members == 1) return Execute(page, start);
        lock (gate)
        {
            foreach (var (known, _, results) in kept)
            {
                if (ReferenceEquals(known, page)) return results;
            }

            var bytes = page.Records.Sum(record => record.Envelope.Data.Length);
            var mine = Task.Run(() => Execute(page, start));
            kept.Enqueue((page, bytes, mine));
            keptBytes += bytes;
            while (kept.Count > 1 && keptBytes > MaxKeptBytes) keptBytes -= kept.Dequeue().Bytes;
            return mine;
        }
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> Execute(TailPage page, Cursor start)
    {
        var payloads = new List<ReadOnlyMemory<byte>>();
        var cursor = start;
        foreach (var record in page.Records)
        {
            cursor = cursor.Past(record.Position);
            if (!stream.Wanted.Filter.Matches(record.Envelope)) continue;
            // Without a token: others may wait for the same result.
            var result = await stream.Execute(new(record, cursor), CancellationToken.None).ConfigureAwait(false);
            var buffer = new ArrayBufferWriter<byte>(512);
            var writer = new Utf8JsonWriter(buffer, ResultWriter.Options);
            await using (writer.ConfigureAwait(false)) ResultWriter.Write(writer, result);
            payloads.Add(buffer.WrittenMemory);
        }

        return payloads;
    }
}
