namespace Cmdr.Projections.Tests;

/// <summary>Writes what Intake and Handling would write: commands, and the events that answer them.</summary>
internal sealed class Story(ILog log)
{
    private readonly Dictionary<Subject, long> versions = [];
    private DateTimeOffset now = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A command that is answered by events, all on the log.</summary>
    public async Task<IReadOnlyList<HistoryRecord>> Tell(string subject, object command, params object[] events)
    {
        var about = Subject.TryParse(subject, out var parsed) ? parsed : throw new ArgumentException(subject);
        var id = Guid.CreateVersion7();
        var asked = await Append(Topics.Commands, Envelope(about, command) with { Id = id, CorrelationId = id });
        var told = new List<HistoryRecord> { asked };
        foreach (var e in events)
        {
            var isLast = told.Count == events.Length;
            told.Add(await Append(Topics.Events, Envelope(about, e) with
            {
                CorrelationId = id,
                CausationId = id,
                CommandOffset = asked.Position.Offset,
                Sequence = e is Bookkeeping ? null : versions[about] = versions.GetValueOrDefault(about) + 1,
                Outcome = isLast ? e is CommandRefused ? Outcome.Refused : Outcome.Completed : null,
            }));
        }

        return told;
    }

    /// <summary>An event of a foreign process.</summary>
    public Task<HistoryRecord> Foreign(string subject, string type, string json, string source = "/elsewhere") =>
        Append(Topics.Events, Foreign(subject) with { Type = type, Data = System.Text.Encoding.UTF8.GetBytes(json), Source = source });

    public async Task<HistoryRecord> Append(string topic, Envelope envelope)
    {
        var positions = await log.Append(topic, [CloudEventBinding.Write(envelope)], CancellationToken.None);
        return new(positions[0], envelope);
    }

    public Envelope Envelope(Subject subject, object message) => new()
    {
        Id = Guid.CreateVersion7(),
        Type = Naming.Of(message.GetType()),
        Subject = subject,
        Time = now += TimeSpan.FromTicks(10_000_001),
        Data = Codec.Encode(message),
        Actor = "ann",
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };

    private Envelope Foreign(string subject) => Envelope(Subject.TryParse(subject, out var about) ? about : throw new ArgumentException(subject), new CommandCompleted()) with { Actor = null, TraceParent = null };
}
