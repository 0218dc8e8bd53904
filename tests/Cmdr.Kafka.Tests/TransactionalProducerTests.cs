using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmdr.Kafka.Tests;

public sealed class TransactionalProducerTests
{
    /// <summary>The library may say so for minutes of a broker that answers everybody else.</summary>
    [Fact]
    public void Who_is_told_again_and_again_that_no_broker_answers_takes_the_producer_for_broken()
    {
        var clients = new KafkaClients(new([KeyValuePair.Create("bootstrap.servers", (string?)"127.0.0.1:1")]), NullLogger<KafkaLog>.Instance);
        var parts = new LogParts(clients, null!, null!, null!, new(NullLogger<KafkaLog>.Instance), TimeProvider.System, NullLogger<KafkaLog>.Instance);
        using var producer = new TransactionalProducer(parts, new("group", "0", "own"), TestContext.Current.CancellationToken);
        var (watch, calls) = (Stopwatch.StartNew(), 0);

        Assert.Throws<KafkaRetriableException>(() => producer.Repeated(() =>
        {
            calls++;
            throw new KafkaRetriableException(new(ErrorCode.Local_TimedOut));
        }));

        Assert.InRange(calls, 5, 40);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));
    }
}
