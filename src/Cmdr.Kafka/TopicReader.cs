using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>Reads a topic without a group, as far ahead as its reader takes.</summary>
internal sealed class TopicReader(ReaderPool pool, LogTopics topics, AdminCalls admin, KafkaSettings settings)
{
    /// <summary>One page is read while its reader is at work on the last.</summary>
    private const int PagesAhead = 2;

    internal async IAsyncEnumerable<LogPage> Read(LogDescription log, Cursor after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Check(log, after, cancellationToken).ConfigureAwait(false);
        var pages = Channel.CreateUnbounded<LogPage>();
        var demand = new SemaphoreSlim(PagesAhead);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var stopped = stop.Token;
        _ = Task.Factory.StartNew(() => Pump(after, pages.Writer, demand, stopped), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await foreach (var page in pages.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return page;
                demand.Release();
            }
        }
        finally
        {
            // Not awaited: the thread may be in a call of the library for a tenth of a second, which who restores need not wait for.
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The end of a topic: also what open transactions have written counts, since who restores from it must wait for what becomes of them.</summary>
    internal async Task<Cursor> EndOf(LogDescription log, string topic, CancellationToken cancellationToken)
    {
        await topics.Ensure(topic, log.Partitions, cancellationToken).ConfigureAwait(false);
        return new(log.Identity, topic, [.. await admin.Ends(topic, log.Partitions, IsolationLevel.ReadUncommitted, cancellationToken).ConfigureAwait(false)]);
    }

    private async Task Check(LogDescription log, Cursor cursor, CancellationToken cancellationToken)
    {
        var now = await topics.Identity(cancellationToken).ConfigureAwait(false);
        if (cursor.Log != log.Identity || now != log.Identity) throw new CursorException(CursorException.OtherLog, $"The cursor is of the log {cursor.Log}; this is {now ?? log.Identity}.");
        if (cursor.Next.IsDefault || cursor.Next.Length != log.Partitions || cursor.Next.Any(next => next < 0))
        {
            throw new CursorException(CursorException.Malformed, $"The cursor does not name the {log.Partitions} partitions of {cursor.Topic}.");
        }

        var end = await EndOf(log, cursor.Topic, cancellationToken).ConfigureAwait(false);
        if (!end.Covers(cursor)) throw BeyondEnd(cursor.Topic);
    }

    /// <summary>Reads on its own thread while pages are asked for; whatever ends it, ends the pages.</summary>
    private void Pump(Cursor after, ChannelWriter<LogPage> pages, SemaphoreSlim demand, CancellationToken stop)
    {
        IConsumer<byte[], byte[]>? consumer = null;
        var isWell = false;
        try
        {
            consumer = pool.Rent();
            var reader = new PageReader(consumer, after);
            reader.Assign();
            while (true)
            {
                demand.Wait(stop);
                if (reader.Next(stop) is not { } page) break;
                pages.TryWrite(page);
            }

            isWell = true;
            pages.Complete();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            isWell = true;
            pages.Complete();
        }
        catch (ConsumeException exception)
        {
            pages.Complete(Translated(exception, after.Topic));
        }
        catch (Exception exception)
        {
            pages.Complete(exception);
        }
        finally
        {
            if (consumer is not null) pool.Return(consumer, isWell);
        }
    }

    private Exception Translated(ConsumeException exception, string topic) => IsBeyond(exception.Error)
        ? BeyondEnd(topic)
        : new LogException(KafkaFault.Explain(exception.Error, $"reading the topic {topic}", settings), exception);

    /// <summary>True when there is nothing any more at an offset where something was.</summary>
    internal static bool IsBeyond(Error error) => error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange;

    internal static CursorException BeyondEnd(string topic) => new(CursorException.BeyondEnd, $"The cursor is past the end of {topic}: the log lost its tail.");
}
