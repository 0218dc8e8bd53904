using Microsoft.Extensions.Hosting;

namespace Cmdr;

/// <summary>A line of what a host says to people once it serves.</summary>
/// <param name="Topic">Which of its lines; parts of one topic are joined.</param>
/// <param name="Text">Asked once everything has started.</param>
public sealed record StartupLine(StartupTopic Topic, Func<IServiceProvider, string> Text);

/// <summary>What a host says of itself, in this order.</summary>
public enum StartupTopic
{
    /// <summary>Log and database, with the data folder.</summary>
    Storage,

    /// <summary>Domains and roles.</summary>
    Domains,

    /// <summary>Where people reach it; a host without an edge says nothing at all.</summary>
    Edge,

    /// <summary>How to stop it.</summary>
    Stop,
}

/// <summary>Prints the startup lines of a host that has an edge.</summary>
internal sealed class StartupReport(IServiceProvider services, IEnumerable<StartupLine> lines) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!lines.Any(line => line.Topic == StartupTopic.Edge)) return Task.CompletedTask;
        foreach (var topic in lines.GroupBy(line => line.Topic).OrderBy(topic => topic.Key))
        {
            Console.WriteLine($"{topic.Key + ":",-9}{string.Join("; ", topic.Select(line => line.Text(services)))}");
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
