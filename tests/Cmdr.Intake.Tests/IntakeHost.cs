using Cmdr.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Cmdr.Intake.Tests;

/// <summary>A host with Intake on a log in memory, and nobody who handles but a test's own loop.</summary>
internal sealed class IntakeHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IHost host;
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> loops = [];

    private IntakeHost(IHost host, FakeTimeProvider time) => (this.host, Time) = (host, time);

    public FakeTimeProvider Time { get; }

    public ILog Log => host.Services.GetRequiredService<ILog>();

    public IIntake Intake => host.Services.GetRequiredService<IIntake>();

    /// <summary>How many are waited for.</summary>
    public int Waiting => host.Services.GetRequiredService<Waiters>().Count;

    /// <summary>Reads answers from now on, as it does once somebody waits for one.</summary>
    public ValueTask Listen() => host.Services.GetRequiredService<AnswerFollower>().Listen(TestContext.Current.CancellationToken);

    public bool IsListening => host.Services.GetRequiredService<AnswerFollower>().At is not null;

    /// <summary>How many records on <c>events</c> were read; the log in memory counts from 0 without gaps.</summary>
    public long Read => host.Services.GetRequiredService<AnswerFollower>().At!.Next.Sum(); // somebody waited

    /// <summary>The identity of the log that is read.</summary>
    public string ReadLog => host.Services.GetRequiredService<AnswerFollower>().At!.Log; // somebody waited

    public async Task<HealthReport> Health() =>
        await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

    public static async Task<IntakeHost> Start(ILog? log = null, Action<IServiceCollection>? services = null)
    {
        var time = new FakeTimeProvider(new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddLogging(logging => logging.ClearProviders());
        services?.Invoke(builder.Services);
        builder.AddCmdr(cmdr => cmdr
            .AddLog("given", x => x.AddSingleton(log ?? new MemoryLog(4, time)))
            .AddIntake().Module<LedgerModule>().Decider<Trial>());
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host, time);
    }

    /// <summary>Submits; a test whose answer never comes fails rather than hangs.</summary>
    public Task<Submitted> Submit(Wait wait, params Submission[] commands) =>
        Intake.Submit(commands, new() { Wait = wait, Actor = "ann" }, TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);

    /// <summary>Waits for a condition of the real world, while the host's clock goes on by <paramref name="step"/>.</summary>
    public async Task Until(Func<bool> condition, TimeSpan step = default)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !condition(); await Task.Delay(1, TestContext.Current.CancellationToken))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "What is waited for does not come.");
            Time.Advance(step);
        }
    }

    /// <summary>Answers every command with the records that <paramref name="answer"/> gives, in one append for each.</summary>
    public IntakeHost Answering(Func<LoggedRecord, Envelope, IEnumerable<Envelope>> answer)
    {
        loops.Add(Task.Run(async () =>
        {
            var beginning = Cursor.Beginning(await Log.Describe(stopping.Token), Topics.Commands);
            await foreach (var page in Log.Read(beginning, stopping.Token))
            {
                foreach (var record in page.Records)
                {
                    var answers = answer(record, CloudEventBinding.Read(record)).Select(CloudEventBinding.Write).ToList();
                    if (answers.Count > 0) await Log.Append(Topics.Events, answers, stopping.Token);
                }
            }
        }));
        return this;
    }

    public async Task<List<Envelope>> Commands()
    {
        var log = Log;
        var end = await log.EndOf(Topics.Commands, TestContext.Current.CancellationToken);
        var commands = new List<Envelope>();
        var at = Cursor.Beginning(await log.Describe(TestContext.Current.CancellationToken), Topics.Commands);
        if (at.Covers(end)) return commands;
        await foreach (var page in log.Read(at, TestContext.Current.CancellationToken))
        {
            commands.AddRange(page.Records.Select(CloudEventBinding.Read));
            if (page.Cursor.Covers(end)) break;
        }

        return commands;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(loops).ContinueWith(_ => { }, TaskScheduler.Default);
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
        stopping.Dispose();
    }
}

/// <summary>Records that answer a command, as Handling writes them.</summary>
internal static class Answers
{
    public static Envelope Event(this LoggedRecord command, object e, int ordinal = 0, Outcome? outcome = Outcome.Completed, long? sequence = 1) =>
        Answer(command, e, ordinal, e is Bookkeeping ? null : sequence, outcome);

    public static Envelope Refused(this LoggedRecord command, string code) => Answer(command, new CommandRefused(code, "no"), 0, null, Outcome.Refused);

    public static Envelope Repeated(this LoggedRecord command, CommandRepeated repeated) => Answer(command, repeated, 0, null, null);

    private static Envelope Answer(LoggedRecord record, object body, int ordinal, long? sequence, Outcome? outcome)
    {
        var command = CloudEventBinding.Read(record);
        return new()
        {
            Id = DerivedId.Of(command.Subject, command.Id, record.Position.Offset, ordinal), Type = Naming.Of(body.GetType()), Subject = command.Subject,
            Time = command.Time, Data = Codec.Encode(body), CorrelationId = command.CorrelationId, CausationId = command.Id, Sequence = sequence,
            CommandOffset = record.Position.Offset, Outcome = outcome,
        };
    }
}

/// <summary>A domain whose id function throws where it can, and whose constructor refuses.</summary>
public sealed record Trial : IDecider<Trial, Trial.Command, Trial.Happening>
{
    public static Trial Initial { get; } = new();

    public static string Id(Command command) => command is Choose { Ids: var ids } ? ids[0] : "1";

    public static Decision<Happening> Decide(Trial state, Command command, Stamp stamp) => new Chosen();

    public static Trial Evolve(Trial state, Happening e) => state;

    public abstract record Command;

    public abstract record Happening;

    public sealed record Choose(IReadOnlyList<string> Ids) : Command;

    public sealed record Even : Command
    {
        public Even(int number) => Number = number % 2 == 0 ? number : throw new ArgumentException("An even number is even.", nameof(number));

        public int Number { get; }
    }

    public sealed record Chosen : Happening;
}
