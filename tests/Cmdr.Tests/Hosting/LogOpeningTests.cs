using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmdr.Tests.Hosting;

public sealed class LogOpeningTests
{
    private readonly LateLog log = new();
    private readonly Lifetime lifetime = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_that_does_not_answer_yet_holds_up_no_start()
    {
        var service = new Service();
        using var opening = Opening(service);
        log.Answers(new LogException("Nobody is there."));

        await opening.StartAsync(Cancelled);
        Assert.Equal((false, 0), (opening.Opened.IsCompleted, service.Starts));

        log.Answers(null);
        await opening.Opened.WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
        Assert.Equal(1, service.Starts);
        await opening.StopAsync(Cancelled);
        Assert.Equal(1, service.Stops);
    }

    [Fact]
    public async Task What_has_started_is_not_started_again_when_the_log_fails_in_the_middle()
    {
        var (first, second) = (new Service(), new Service { FailsFirst = true });
        using var opening = Opening(first, second);
        log.Answers(null);

        await opening.StartAsync(Cancelled);
        await opening.Opened.WaitAsync(TimeSpan.FromSeconds(20), Cancelled);

        Assert.Equal((1, 2), (first.Starts, second.Starts));
        await opening.StopAsync(Cancelled);
    }

    [Fact]
    public async Task What_is_wrong_with_a_log_that_was_reached_late_stops_the_host_and_is_told()
    {
        using var opening = Opening(new Service());
        log.Answers(new LogException("Nobody is there."));
        await opening.StartAsync(Cancelled);

        log.Answers(new SettingException("Set it to something else."));
        await lifetime.Stopped.WaitAsync(TimeSpan.FromSeconds(20), Cancelled);

        await Assert.ThrowsAsync<SettingException>(() => opening.StopAsync(Cancelled));
    }

    [Fact]
    public async Task A_host_may_stop_while_it_waits_for_its_log()
    {
        var service = new Service();
        using var opening = Opening(service);
        log.Answers(new LogException("Nobody is there."));
        await opening.StartAsync(Cancelled);

        await opening.StopAsync(Cancelled);

        Assert.Equal((0, 0), (service.Starts, service.Stops));
    }

    private LogOpening Opening(params ILogService[] services) => new(log, services, lifetime, NullLogger<LogOpening>.Instance);

    private sealed class Service : ILogService
    {
        public bool FailsFirst { get; init; }

        public int Starts { get; private set; }

        public int Stops { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken) =>
            ++Starts == 1 && FailsFirst ? Task.FromException(new LogException("The log went away.")) : Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            Stops++;
            return Task.CompletedTask;
        }
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        private readonly TaskCompletionSource stopped = new();

        public Task Stopped => stopped.Task;

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => stopped.TrySetResult();
    }

    /// <summary>A log of which only the description is asked.</summary>
    private sealed class LateLog : ILog
    {
        private volatile Exception? failure;

        public void Answers(Exception? with) => failure = with;

        public ValueTask<LogDescription> Describe(CancellationToken cancellationToken) =>
            failure is { } why ? ValueTask.FromException<LogDescription>(why) : new(new LogDescription("a log", 1));

        public Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<LogPage> Read(Cursor after, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Cursor> EndOf(string topic, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
