using System.Runtime.CompilerServices;
using Xunit;

namespace Cmdr.Testing.Tests;

/// <summary>A log with one flaw fails the case that is about it.</summary>
public sealed class LogContractTests
{
    [Theory]
    [InlineData(Flaw.LosesRepeatedHeaders, "Headers_keep_their_order_their_repeats_and_any_bytes")]
    [InlineData(Flaw.AppendsHalf, "A_record_that_is_too_large_is_refused_and_nothing_is_appended")]
    [InlineData(Flaw.TakesAnyCursor, "A_cursor_of_another_log_is_refused")]
    [InlineData(Flaw.RepeatsAPage, "A_reader_goes_on_from_a_cursor_without_gap_or_duplicate")]
    [InlineData(Flaw.IsSilent, "A_reader_is_told_of_progress_where_nothing_comes")]
    [InlineData(Flaw.LosesAnOutput, "A_slice_that_fails_leaves_nothing_and_comes_again_as_it_was")]
    [InlineData(Flaw.OverlapsCalls, "A_slice_asked_for_now_comes_though_it_is_empty_and_leaves_the_position")]
    [InlineData(Flaw.SwallowsAFailure, "After_slice_a_slice_that_fails_comes_again")]
    [InlineData(Flaw.ForgetsTheBeginning, "A_consumer_says_on_assignment_where_it_begins")]
    [InlineData(Flaw.IsNotFenced, "What_a_member_appends_after_it_lost_its_lease_is_never_seen")]
    public async Task A_flawed_log_fails(Flaw flaw, string name) => await Assert.ThrowsAsync<ExpectationException>(
        () => LogContract.Case(name).Run(new Flawed(flaw), TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_log_that_hangs_fails_the_case_when_patience_ends()
    {
        var failed = await Assert.ThrowsAsync<ExpectationException>(
            () => LogContract.Case("A_reader_catches_up_then_tails").Run(new Flawed(Flaw.IsSilent, withRecords: false), TestContext.Current.CancellationToken));
        Assert.Contains("within", failed.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Cases_have_names_of_their_own() => Assert.Equal(LogContract.Cases.Count, LogContract.Cases.Select(one => one.Name).Distinct().Count());

    public enum Flaw
    {
        LosesRepeatedHeaders, AppendsHalf, TakesAnyCursor, RepeatsAPage, IsSilent, LosesAnOutput, OverlapsCalls, SwallowsAFailure, ForgetsTheBeginning, IsNotFenced,
    }

    private sealed class Flawed(Flaw flaw, bool withRecords = true) : LogContract
    {
        private readonly MemoryLog log = new(4, TimeProvider.System);

        public override TimeSpan Patience => TimeSpan.FromSeconds(flaw is Flaw.IsSilent ? 1 : 5);

        public override Task<ILog> OpenLog(CancellationToken cancellationToken) => Task.FromResult<ILog>(new FlawedLog(log, flaw, withRecords));

        public override Task Recreate(CancellationToken cancellationToken) => throw new NotSupportedException();

        public override Task Expire(LogGroup group, TopicPartition partition, CancellationToken cancellationToken)
        {
            log.Expire(group.Name, partition);
            return Task.CompletedTask;
        }
    }

    private sealed class FlawedLog(MemoryLog log, Flaw flaw, bool withRecords) : ILog
    {
        public ValueTask<LogDescription> Describe(CancellationToken cancellationToken) => log.Describe(cancellationToken);

        public async Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken)
        {
            if (flaw is Flaw.LosesRepeatedHeaders) records = [.. records.Select(record => record with { Headers = [.. record.Headers.DistinctBy(header => header.Name)] })];
            if (flaw is Flaw.AppendsHalf && records.Count > 1) await log.Append(topic, [records[0]], cancellationToken);
            return await log.Append(topic, records, cancellationToken);
        }

        public async IAsyncEnumerable<LogPage> Read(Cursor after, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (flaw is Flaw.TakesAnyCursor) after = after with { Log = (await log.Describe(cancellationToken)).Identity };
            await foreach (var page in log.Read(after, cancellationToken))
            {
                if (flaw is Flaw.IsSilent && (page.Records.Count == 0 || !withRecords)) continue;
                yield return page;
                if (flaw is Flaw.RepeatsAPage && page.Records.Count > 0) yield return page;
            }
        }

        public Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken) => log.ReadAt(positions, cancellationToken);

        public Task<Cursor> EndOf(string topic, CancellationToken cancellationToken) => log.EndOf(topic, cancellationToken);

        public Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken) =>
            log.Consume(group, new FlawedConsumer(log, consumer, flaw), cancellationToken);
    }

    private sealed class FlawedConsumer(MemoryLog log, ILogConsumer consumer, Flaw flaw) : ILogConsumer
    {
        public async ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
        {
            var starts = await consumer.Assigned(partitions, cancellationToken);
            return flaw is Flaw.ForgetsTheBeginning ? new Dictionary<TopicPartition, long>() : starts;
        }

        public async ValueTask Consume(Slice slice, CancellationToken cancellationToken)
        {
            if (flaw is Flaw.OverlapsCalls)
            {
                await Task.WhenAll(consumer.Committed(slice, cancellationToken).AsTask(), consumer.Committed(slice, cancellationToken).AsTask());
            }

            try
            {
                await consumer.Consume(slice, cancellationToken);
            }
            catch (InvalidOperationException) when (flaw is Flaw.SwallowsAFailure)
            {
                // The flaw: what failed counts as handled.
            }

            if (flaw is Flaw.LosesAnOutput)
            {
                var outputs = slice.Outputs.Skip(1).ToList();
                slice.Reset();
                foreach (var (topic, record) in outputs) slice.Append(topic, record);
            }

            if (flaw is Flaw.IsNotFenced)
            {
                foreach (var (topic, record) in slice.Outputs) await log.Append(topic, [record], cancellationToken);
                slice.Reset();
            }
        }

        public ValueTask Committed(Slice slice, CancellationToken cancellationToken) => consumer.Committed(slice, cancellationToken);

        public ValueTask Aborted(Slice slice, CancellationToken cancellationToken) => consumer.Aborted(slice, cancellationToken);

        public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => consumer.Revoked(partitions, cancellationToken);

        public ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => consumer.Lost(partitions, cancellationToken);
    }
}
