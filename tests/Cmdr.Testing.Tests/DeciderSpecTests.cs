using System.Text.Json.Serialization;
using Xunit;

namespace Cmdr.Testing.Tests;

public sealed class DeciderSpecTests : DeciderSpec<Counter, CounterCommand, CounterEvent>
{
    [Fact]
    public void A_right_expectation_passes()
    {
        Given(new Counted(1, ["a"])).When(new Count("c", 2, ["b"])).Then(new Counted(2, ["b"]));
        Given().When(new Count("c", 0, [])).ThenNothing();
        Given().When(new Count("c", -1, [])).ThenRefused("negative");
    }

    [Fact]
    public void A_wrong_event_fails_and_shows_both()
    {
        var failed = Fails(() => Given().When(new Count("c", 2, ["b"])).Then(new Counted(3, ["b"])));
        Assert.Contains("""counted {"by":3,"tags":["b"]}""", failed, StringComparison.Ordinal);
        Assert.Contains("""counted {"by":2,"tags":["b"]}""", failed, StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_too_many_fails() => Fails(() => Given().When(new Count("c", 2, [])).Then(new Counted(2, []), new Counted(2, [])));

    [Fact]
    public void An_event_where_nothing_is_expected_fails() => Fails(() => Given().When(new Count("c", 2, [])).ThenNothing());

    [Fact]
    public void A_refusal_where_nothing_is_expected_fails() => Fails(() => Given().When(new Count("c", -1, [])).ThenNothing());

    [Fact]
    public void Another_refusal_fails() => Fails(() => Given().When(new Count("c", -1, [])).ThenRefused("other"));

    [Fact]
    public void An_event_where_a_refusal_is_expected_fails() => Fails(() => Given().When(new Count("c", 2, [])).ThenRefused("negative"));

    [Fact]
    public void A_decider_that_decides_differently_each_time_fails() => Assert.Contains("twice", Fails(() => Given().When(new CountByClock("c")).Then()), StringComparison.Ordinal);

    [Fact]
    public void A_command_that_its_json_does_not_hold_fails() =>
        Assert.Contains("Hidden", Fails(() => Given().When(new CountHidden("c") { Hidden = 7 }).ThenNothing()), StringComparison.Ordinal);

    [Fact]
    public void A_decider_that_changes_the_state_in_place_fails() =>
        Assert.Contains("changed the state", Fails(() => Given(new Counted(1, ["a"])).When(new CountInPlace("c")).ThenNothing()), StringComparison.Ordinal);

    [Fact]
    public void An_id_that_no_subject_can_have_fails() => Assert.Contains("empty", Fails(() => Given().When(new Count("", 1, [])).Then(new Counted(1, []))), StringComparison.Ordinal);

    private static string Fails(Action spec) => Assert.Throws<ExpectationException>(spec).Message;
}

public abstract record CounterCommand(string Counter);
public sealed record Count(string Counter, int By, IReadOnlyList<string> Tags) : CounterCommand(Counter);
public sealed record CountByClock(string Counter) : CounterCommand(Counter);
public sealed record CountInPlace(string Counter) : CounterCommand(Counter);
public sealed record CountHidden(string Counter) : CounterCommand(Counter)
{
    [JsonIgnore]
    public int Hidden { get; init; }
}

public abstract record CounterEvent;
public sealed record Counted(int By, IReadOnlyList<string> Tags) : CounterEvent;

/// <summary>A decider with the faults that the kit must find.</summary>
public sealed record Counter(int Count, List<string> Tags) : IDecider<Counter, CounterCommand, CounterEvent>
{
    private static int clock;

    public static Counter Initial => new(0, []);

    public static string Id(CounterCommand command) => command.Counter;

    public static Decision<CounterEvent> Decide(Counter state, CounterCommand command, Stamp stamp)
    {
        switch (command)
        {
            case Count { By: < 0 }: return new Refusal("negative");
            case Count { By: > 0 } count: return new Counted(count.By, count.Tags);
            case CountByClock: return new Counted(++clock, []);
            case CountInPlace:
                state.Tags.Add("changed");
                return [];
            default: return [];
        }
    }

    public static Counter Evolve(Counter state, CounterEvent e) => e is Counted counted ? new(state.Count + counted.By, [.. state.Tags, .. counted.Tags]) : state;
}
