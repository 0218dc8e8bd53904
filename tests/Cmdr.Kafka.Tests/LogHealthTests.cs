using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>Members of one group in one host tell of the same part of the log.</summary>
public sealed class LogHealthTests
{
    private const string Part = "consume for the group handling";

    private static readonly LogGroup Group = new("handling", ["commands"], PositionKeeping.WithOutputs);

    private readonly LogHealth health = new(NullLogger<KafkaLog>.Instance);

    [Fact]
    public async Task What_one_member_cannot_do_is_at_fault_though_another_can()
    {
        var (first, second) = (health.Of(MemberId.New(Group)), health.Of(MemberId.New(Group)));
        first.Faulty(Part, "no broker");
        second.Well(Part);
        Assert.Equal("consume for the group handling: no broker", (await Checked()).Description);

        first.Well(Part);
        Assert.Equal(HealthStatus.Healthy, (await Checked()).Status);
    }

    [Fact]
    public async Task What_a_member_that_has_left_could_not_do_is_at_fault_until_another_can()
    {
        var (first, second) = (health.Of(MemberId.New(Group)), health.Of(MemberId.New(Group)));
        first.Faulty(Part, "no broker");
        first.Leave();
        Assert.Equal(HealthStatus.Unhealthy, (await Checked()).Status);

        second.Well(Part);
        Assert.Equal(HealthStatus.Healthy, (await Checked()).Status);
    }

    /// <summary>Its clients are closed in the background, and may say then that no broker is there.</summary>
    [Fact]
    public async Task What_a_member_says_after_it_has_left_is_not_heard()
    {
        var gone = health.Of(MemberId.New(Group));
        gone.Leave();
        gone.Faulty(Part, "no broker");
        Assert.Equal(HealthStatus.Healthy, (await Checked()).Status);
    }

    private Task<HealthCheckResult> Checked() => health.CheckHealthAsync(new(), TestContext.Current.CancellationToken);
}
