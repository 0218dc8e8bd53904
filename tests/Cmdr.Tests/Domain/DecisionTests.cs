using Xunit;

namespace Cmdr.Tests.Domain;

public sealed class DecisionTests
{
    private static Decision<Happened> Decide(int what) => what switch
    {
        0 => [],
        1 => new First(1),
        2 => [new First(1), new Second("a")],
        _ => new Refusal("no-such-thing"),
    };

    [Fact]
    public void None_one_and_several_events_are_decisions()
    {
        Assert.Empty(Decide(0).Events);
        Assert.Equal([new First(1)], Decide(1).Events);
        Assert.Equal([new First(1), new Second("a")], Decide(2).Events);
        Assert.All([Decide(0), Decide(1), Decide(2)], decision => Assert.Null(decision.Refusal));
    }

    [Fact]
    public void A_refusal_is_a_decision_without_events()
    {
        Assert.Equal(new Refusal("no-such-thing"), Decide(3).Refusal);
        Assert.Empty(Decide(3).Events);
    }

    [Fact]
    public void A_spread_of_events_is_a_decision()
    {
        Decision<Happened> decision = [.. Enumerable.Range(0, 3).Select(i => new First(i))];
        Assert.Equal(3, decision.Events.Count);
        Assert.Equal(decision.Events, decision.ToList());
    }

    [Fact]
    public void Decisions_are_equal_when_what_follows_is()
    {
        Assert.Equal(Decide(2), Decide(2));
        Assert.True(Decide(1) == Decide(1));
        Assert.True(Decide(1) != Decide(2));
        Assert.NotEqual(Decide(0), Decide(3));
        Assert.Equal(Decide(0), default);
        Assert.Equal(Decide(2).GetHashCode(), Decide(2).GetHashCode());
    }

    public abstract record Happened;

    public sealed record First(int Number) : Happened;

    public sealed record Second(string Text) : Happened;
}
