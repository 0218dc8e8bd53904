namespace Cmdr.Host.Tests;

/// <summary>What must be true of a log, whoever wrote it and whatever happened meanwhile.</summary>
internal sealed class Verdict(Narrative narrative)
{
    private readonly Dictionary<(int, long), Line> commands = narrative.Commands.ToDictionary(command => (command.Partition, command.Offset));
    private readonly List<Line> answers = [.. narrative.Events.Where(e => e.CommandOffset is not null)];

    internal void Holds(IReadOnlyCollection<Promise> promises)
    {
        OneOutcomeForEachCommand();
        NothingAnsweredIsMissing(promises);
        RepeatsAreAnsweredAsRepeats();
        AnswersComeInTheOrderOfTheirCommands();
        NoGapsAndNoDoubles();
        _ = Balances();
    }

    /// <summary>What the log says of every account's balance; it must be what the accepted commands add up to.</summary>
    internal IReadOnlyDictionary<string, decimal> Balances()
    {
        var completed = answers.Where(e => e.Outcome == "completed").Select(Answered).ToList();
        var accepted = Sums(completed.Where(command => command.Type is "deposit" or "withdraw"));
        var recorded = Sums(narrative.Events.Where(e => e.Type is "deposited" or "withdrawn"));
        None(accepted.Keys.Union(recorded.Keys).Where(account => accepted.GetValueOrDefault(account) != recorded.GetValueOrDefault(account)), "do not add up");
        None(recorded.Where(balance => balance.Value < 0), "are below zero");
        return recorded;
    }

    private void OneOutcomeForEachCommand()
    {
        None(answers.Where(e => !commands.TryGetValue((e.Partition, e.CommandOffset!.Value), out var command) || command.Subject != e.Subject || command.Id != e.Cause), "answer no command");
        var outcomes = answers.Where(e => e.Outcome is not null).CountBy(e => Answered(e).Identity).ToDictionary();
        None(commands.Values.Select(command => command.Identity).Distinct().Where(identity => outcomes.GetValueOrDefault(identity) != 1), "have no outcome, or several");
    }

    private void NothingAnsweredIsMissing(IReadOnlyCollection<Promise> promises)
    {
        var outcomes = answers.Where(e => e.Outcome is not null).ToDictionary(e => Answered(e).Identity, e => e.Outcome);
        None(promises.Where(promise => !outcomes.TryGetValue((promise.Subject, promise.Id), out var outcome) || !Agrees(promise.Status, outcome)), "were answered otherwise than the log says");
    }

    private static bool Agrees(string status, string? outcome) => status switch
    {
        "COMPLETED" or "REFUSED" => string.Equals(status, outcome, StringComparison.OrdinalIgnoreCase),
        _ => status == "LOGGED",
    };

    private void RepeatsAreAnsweredAsRepeats()
    {
        var first = commands.Values.GroupBy(command => command.Identity).ToDictionary(same => same.Key, same => same.Min(command => command.Offset));
        None(answers.Where(e => e.Type == "command-repeated" == (first[Answered(e).Identity] == e.CommandOffset)), "take a repeat for a command, or a command for a repeat");
        None(answers.Where(e => e.Type == "command-repeated").GroupBy(e => (e.Partition, e.CommandOffset)).Where(same => same.Count() > 1), "answer a repeat twice");
    }

    private void AnswersComeInTheOrderOfTheirCommands()
    {
        foreach (var partition in answers.GroupBy(e => e.Partition))
        {
            var ordered = partition.OrderBy(e => e.Offset).ToList();
            None(ordered.Zip(ordered.Skip(1)).Where(pair => pair.Second.CommandOffset < pair.First.CommandOffset), "answer a later command first");
        }
    }

    private void NoGapsAndNoDoubles()
    {
        None(narrative.Events.GroupBy(e => e.Id).Where(same => same.Count() > 1).SelectMany(same => same), "are there twice");
        foreach (var subject in narrative.Events.Where(e => e.Sequence is not null).GroupBy(e => e.Subject))
        {
            None(subject.OrderBy(e => e.Offset).Where((e, index) => e.Sequence != index + 1), "are out of sequence");
        }
    }

    private Line Answered(Line e) => commands[(e.Partition, e.CommandOffset!.Value)]; // only answers are asked

    private static Dictionary<string, decimal> Sums(IEnumerable<Line> lines) => lines.GroupBy(line => line.Subject["account/".Length..]).ToDictionary(
        account => account.Key,
        account => account.Sum(line => line.Body.GetProperty("amount").GetDecimal() * (line.Type.StartsWith("withdr", StringComparison.Ordinal) ? -1 : 1)));

    private static void None<T>(IEnumerable<T> wrong, string why)
    {
        var found = wrong.Take(1000).ToList();
        if (found.Count > 0) Assert.Fail($"{found.Count} of them {why}: {string.Join("; ", found.Take(10))}");
    }
}
