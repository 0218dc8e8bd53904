using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cmdr.Handling.Tests;

/// <summary>One host's handling over a log in memory; the test cuts the slices, commits and aborts them.</summary>
internal sealed class Desk(MemoryLog log)
{
    public const int Partitions = 4;
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<int, long> positions = [];

    public Desk() : this(new(Partitions, TimeProvider.System)) { }

    public static Catalog Catalog { get; } = BuildCatalog();

    public MemoryLog Log => log;

    public HandlingStatus Status { get; private set; } = new(TimeProvider.System);

    public CommandOwner Owner { get; private set; } = null!; // made by Start

    public static LogRecord Command(TallyCommand command, Guid? id = null, DateTimeOffset? time = null) => CloudEventBinding.Write(Envelope(command, id, time));

    public static Envelope Envelope(TallyCommand command, Guid? id = null, DateTimeOffset? time = null) => new()
    {
        Id = id ?? Guid.CreateVersion7(),
        Type = Naming.Of(command.GetType()),
        Subject = new("tally", command.Tally),
        Time = time ?? Noon,
        Data = Codec.Encode(command),
        CorrelationId = new("0192aaaa-0000-7000-8000-000000000001"),
        Actor = "ann",
    };

    public static CommandOwner NewOwner(ILog log, HandlingStatus status, TimeProvider clock) =>
        new(log, Catalog, new(log, clock, NullLogger<Restoration>.Instance), status, clock, NullLogger<CommandOwner>.Instance);

    /// <summary>Makes a new owner of every partition: what it knows it reads from the log.</summary>
    public async Task<Desk> Start(bool fromGroup = true)
    {
        Status = new(TimeProvider.System);
        Owner = NewOwner(log, Status, TimeProvider.System);
        var starts = await Owner.Assigned([.. Enumerable.Range(0, Partitions).Select(n => new Owned(n, fromGroup ? positions.GetValueOrDefault(n) : null))], CancellationToken.None);
        foreach (var (partition, start) in starts) positions[partition.Partition] = start;
        return this;
    }

    public async Task Append(params LogRecord[] commands) => await log.Append(Topics.Commands, commands, CancellationToken.None);

    /// <summary>Appends commands, handles them in one slice, and commits it.</summary>
    public async Task<IReadOnlyList<Envelope>> Handle(params LogRecord[] commands)
    {
        await Append(commands);
        var slice = await Next();
        Owner.Handle(slice);
        var answers = await Commit(slice);
        return slice.Held.Count == 0 ? answers : throw new InvalidOperationException(string.Join("; ", Status.Partitions.Select(partition => partition.Fault)));
    }

    /// <summary>The slice of what is not yet handled, at most so many records.</summary>
    public async Task<Slice> Next(int most = int.MaxValue)
    {
        var waiting = (await All(Topics.Commands)).Where(logged => logged.Position.Offset >= positions[logged.Position.Partition] && !IsStopped(logged.Position.Partition));
        var records = waiting.OrderBy(logged => logged.Position.Partition).ThenBy(logged => logged.Position.Offset).Take(most).ToList();
        return new(records, records.GroupBy(logged => logged.Position.TopicPartition).ToDictionary(group => group.Key, group => group.Last().Position.Offset + 1), []);
    }

    /// <summary>Commits outputs and position, as a log does.</summary>
    public async Task<IReadOnlyList<Envelope>> Commit(Slice slice)
    {
        await log.Append(Topics.Events, [.. slice.Outputs.Select(output => output.Record)], CancellationToken.None);
        foreach (var (partition, position) in slice.Positions) positions[partition.Partition] = position;
        await Owner.Committed(slice, CancellationToken.None);
        return [.. slice.Outputs.Select(output => Read(output.Record))];
    }

    public async Task<IReadOnlyList<LoggedRecord>> All(string topic)
    {
        var end = await log.EndOf(topic, CancellationToken.None);
        var positions = end.Next.SelectMany((next, partition) => Enumerable.Range(0, (int)next).Select(offset => new Position(topic, partition, offset)));
        return [.. (await log.ReadAt([.. positions], CancellationToken.None)).OfType<LoggedRecord>()];
    }

    public async Task<IReadOnlyList<Envelope>> Events() => [.. (await All(Topics.Events)).Select(CloudEventBinding.Read)];

    public async Task<HealthCheckResult> Health() => await new HandlingHealth(Status).CheckHealthAsync(new(), CancellationToken.None);

    public static Envelope Read(LogRecord record) => CloudEventBinding.TryRead(record, out var envelope, out var fault) ? envelope : throw new FormatException(fault);

    private bool IsStopped(int partition) => Status.Partitions.Any(status => status.Partition == partition && status.Fault is not null);

    private static Catalog BuildCatalog()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddCmdr(cmdr => cmdr.Module<TallyModule>());
        return builder.Services.BuildServiceProvider().GetRequiredService<Catalog>();
    }

    private sealed record Owned(int Number, long? GroupPosition) : IOwnedPartition
    {
        public TopicPartition Partition => new(Topics.Commands, Number);

        public void RequestSlice(DateTimeOffset due) => throw new NotSupportedException();
    }
}
