using System.Diagnostics;
using Xunit;

namespace Cmdr.Handling.Tests;

/// <summary>Alone: a listener hears of every decision in the process, and other tests compare records to the byte.</summary>
[CollectionDefinition(nameof(TraceTests), DisableParallelization = true)]
[Collection(nameof(TraceTests))]
public sealed class TraceTests
{
    private readonly Desk desk = new();

    [Fact]
    public async Task A_decision_that_is_traced_is_a_span_beneath_the_command_and_its_records_carry_it()
    {
        await desk.Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        var command = Desk.Envelope(new Add("a", 1)) with { TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };

        var answer = Assert.Single(await desk.Handle(CloudEventBinding.Write(command)));

        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", answer.TraceParent, StringComparison.Ordinal);
        Assert.NotEqual(command.TraceParent, answer.TraceParent);
    }
}
