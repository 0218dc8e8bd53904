using System.Diagnostics;

namespace Cmdr.Host.Tests;

/// <summary>What the log says, read by the published contract alone: header names and JSON, none of the code that wrote them.</summary>
internal sealed class Narrative(Deployment deployment)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly List<Line> commands = [];
    private readonly List<Line> events = [];
    private readonly HashSet<(int, long)> answered = [];

    internal IReadOnlyList<Line> Commands => commands;

    internal IReadOnlyList<Line> Events => events;

    /// <summary>Reads until every command is answered, and nothing more comes.</summary>
    internal static async Task<Narrative> Told(Deployment deployment, CancellationToken stop)
    {
        var narrative = new Narrative(deployment);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var news = await Follow(deployment, "commands", narrative.commands, stop) + await narrative.FollowEvents(stop);
            var waiting = narrative.commands.Where(command => !narrative.answered.Contains((command.Partition, command.Offset))).ToList();
            if (news == 0 && waiting.Count == 0) return narrative;
            if (watch.Elapsed > Patience) Assert.Fail($"{waiting.Count} commands were unanswered {Patience.TotalSeconds} s after the load ended: {string.Join("; ", waiting.Take(10))}");
            await Task.Delay(200, stop);
        }
    }

    private async Task<int> FollowEvents(CancellationToken stop)
    {
        var before = events.Count;
        await Follow(deployment, "events", events, stop);
        foreach (var e in events.Skip(before)) if (e.CommandOffset is { } offset) answered.Add((e.Partition, offset));
        return events.Count - before;
    }

    private static async Task<int> Follow(Deployment deployment, string topic, List<Line> known, CancellationToken stop)
    {
        var from = known.GroupBy(line => line.Partition).ToDictionary(partition => partition.Key, partition => partition.Max(line => line.Offset) + 1);
        var news = await deployment.Read(topic, from, stop);
        known.AddRange(news);
        return news.Count;
    }
}
