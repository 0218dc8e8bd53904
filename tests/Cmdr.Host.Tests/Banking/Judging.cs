namespace Cmdr.Host.Tests;

/// <summary>A judge that finds no fault proves something only where it finds those that are there.</summary>
public sealed class Judging
{
    private const string Account = "account/k1";

    private static readonly Line[] Commands =
    [
        Command(0, "open-account", """{"account":"k1","owner":"Ann","currency":"EUR"}"""), Command(1, "deposit", """{"account":"k1","amount":10}"""),
        Command(2, "withdraw", """{"account":"k1","amount":30}"""), Command(3, "deposit", """{"account":"k1","amount":10}""") with { Id = "c1" },
        Command(4, "withdraw", """{"account":"k1","amount":4}"""),
    ];

    private static readonly Line[] Events =
    [
        Event(0, "account-opened", 1, "completed", """{"owner":"Ann","currency":"EUR"}"""), Event(1, "deposited", 2, "completed", """{"amount":10,"currency":"EUR"}"""),
        Event(2, "command-refused", null, "refused", """{"code":"insufficient-funds"}"""), Event(3, "command-repeated", null, null, """{"first":1,"outcome":"completed"}""") with { Cause = "c1" },
        Event(4, "withdrawn", 3, "completed", """{"amount":4,"currency":"EUR"}"""),
    ];

    private static readonly Promise[] Promises =
    [
        new(Account, "c0", "COMPLETED", "events/0/0"), new(Account, "c1", "LOGGED", "commands/0/1"), new(Account, "c2", "REFUSED", "events/0/2"),
        new(Account, "c1", "COMPLETED", "events/0/3"), new(Account, "c4", "LOGGED", "commands/0/4"),
    ];

    private static readonly Story Good = new(Commands, Events, Promises, [Promises[0], Promises[1], Promises[2], Promises[4]]);

    private static readonly Dictionary<string, (Func<Story, Story> Spoil, string Says)> Faults = new()
    {
        ["money forgotten"] = (story => story.Answer(4, Refused with { CommandOffset = 4, Cause = "c4" }), "decided otherwise"),
        ["an account forgotten"] = (story => story.Answer(4, Refused with { CommandOffset = 4, Cause = "c4", Json = """{"code":"not-open"}""" }), "decided otherwise"),
        ["money that was never there"] = (story => story.Answer(2, Events[4] with { CommandOffset = 2, Cause = "c2", Sequence = 3, Json = """{"amount":30}""" }).Answer(4, Events[4] with { Sequence = 4 }).Promised(2, "LOGGED", "commands/0/2"), "decided otherwise"),
        ["another amount"] = (story => story.Answer(1, Events[1] with { Json = """{"amount":11,"currency":"EUR"}""" }), "decided otherwise"),
        ["an answer lost"] = (story => story with { Events = [.. Events.Where(e => e.Offset != 2)] }, "no outcome"),
        ["an answer doubled"] = (story => story with { Events = [.. Events, Events[4] with { Offset = 5, Id = "e5" }] }, "no outcome, or several"),
        ["an event out of sequence"] = (story => story.Answer(4, Events[4] with { Sequence = 4 }), "out of sequence"),
        ["a promise of what is elsewhere"] = (story => story.Promised(1, "LOGGED", "commands/0/2"), "not where the answer said"),
        ["a promise of what is nowhere"] = (story => story.Promised(1, "LOGGED", "commands/0/9"), "not where the answer said"),
        ["a promise of another's outcome"] = (story => story.Promised(0, "COMPLETED", "events/0/4"), "not where the answer said"),
        ["a promise of more than the log has"] = (story => story.Promised(0, "COMPLETED", "commands/0/0"), "not where the answer said"),
        ["a promise of the other outcome"] = (story => story.Promised(2, "COMPLETED", "events/0/2"), "answered otherwise"),
        ["commands that changed places"] = (story => story with { Sent = [Promises[0], Promises[2], Promises[1], Promises[4]] }, "sent earlier"),
        ["a repeat that tells of another first"] = (story => story.Answer(3, Events[3] with { Json = """{"first":2,"outcome":"completed"}""" }), "tell of the first otherwise"),
    };

    public static TheoryData<string> Found => [.. Faults.Keys];

    private static Line Refused => Events[2];

    [Fact]
    public void A_log_that_is_right_is_found_right() => Assert.Equal(6, Good.Judge()[Account]);

    [Theory, MemberData(nameof(Found))]
    public void A_fault_is_found(string fault)
    {
        var (spoil, says) = Faults[fault];
        Assert.Contains(says, Assert.ThrowsAny<Exception>(() => spoil(Good).Judge()).Message, StringComparison.Ordinal);
    }

    private static Line Command(long offset, string type, string json) => new(0, offset, Account, $"c{offset}", type, null, null, null, null, json);

    private static Line Event(long offset, string type, long? sequence, string? outcome, string json) => new(0, offset, Account, $"e{offset}", type, $"c{offset}", sequence, offset, outcome, json);

    private sealed record Story(Line[] Commands, Line[] Events, Promise[] Promises, Promise[] Sent)
    {
        internal IReadOnlyDictionary<string, decimal> Judge() => new Verdict(Commands, Events).Holds(Promises, [Sent]);

        internal Story Answer(int index, Line e) => this with { Events = [.. Events.Select((old, i) => i == index ? e with { Offset = index, Id = $"e{index}" } : old)] };

        internal Story Promised(int index, string status, string position) =>
            this with { Promises = [.. Promises.Select((old, i) => i == index ? old with { Status = status, Position = position } : old)] };
    }
}
