using Xunit;

namespace Cmdr.Testing.Tests;

public sealed class TotalSpecTests : ViewSpec<Total, CounterEvent>
{
    [Fact]
    public void A_view_that_gathers_subjects_in_any_order_passes() =>
        Given("counter/a", new Counted(1, []), new Counted(2, [])).And("counter/b", new Counted(4, [])).Then(new Total("all", 7)).ThenNone("other");

    [Fact]
    public void A_wrong_document_fails_and_shows_both()
    {
        var failed = Assert.Throws<ExpectationException>(() => Given("counter/a", new Counted(1, [])).Then(new Total("all", 2))).Message;
        Assert.Contains("\"sum\":2", failed, StringComparison.Ordinal);
        Assert.Contains("\"sum\":1", failed, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_document_fails() => Assert.Throws<ExpectationException>(() => Given("counter/a", new Counted(1, [])).Then(new Total("other", 1)));

    [Fact]
    public void A_document_that_should_not_be_fails() => Assert.Throws<ExpectationException>(() => Given("counter/a", new Counted(1, [])).ThenNone());

    [Fact]
    public void Text_that_is_no_subject_is_refused() => Assert.Throws<ArgumentException>(() => Given("a", new Counted(1, [])));
}

public sealed class LastSpecTests : ViewSpec<Last, CounterEvent>
{
    [Fact]
    public void A_view_that_depends_on_how_subjects_interleave_fails_and_shows_the_order()
    {
        var failed = Assert.Throws<ExpectationException>(() => Given("counter/a", new Counted(1, [])).And("counter/b", new Counted(2, [])).Then(new Last("all", 2)));
        Assert.Contains("counter/b", failed.Message, StringComparison.Ordinal);
        Assert.Contains("interleave", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_passes_with_one_subject() => Given("counter/a", new Counted(1, []), new Counted(2, [])).Then(new Last("all", 2));
}

public sealed class MisnamedSpecTests : ViewSpec<Misnamed, CounterEvent>
{
    [Fact]
    public void A_document_whose_id_is_not_its_key_fails() => Assert.Throws<ExpectationException>(() => Given("counter/a", new Counted(1, [])).Then(new Misnamed("b")));
}

public sealed record Total(string Id, int Sum) : IView<Total, CounterEvent>
{
    public static string? Key(Recorded<CounterEvent> e) => "all";

    public static Total? Evolve(Total? view, Recorded<CounterEvent> e) => e.Event is Counted counted ? new("all", (view?.Sum ?? 0) + counted.By) : view;
}

/// <summary>Shows the last subject's count: which is the last, no log promises.</summary>
public sealed record Last(string Id, int By) : IView<Last, CounterEvent>
{
    public static string? Key(Recorded<CounterEvent> e) => "all";

    public static Last? Evolve(Last? view, Recorded<CounterEvent> e) => e.Event is Counted counted ? new("all", counted.By) : view;
}

public sealed record Misnamed(string Id) : IView<Misnamed, CounterEvent>
{
    public static Misnamed? Evolve(Misnamed? view, Recorded<CounterEvent> e) => new("b");
}
