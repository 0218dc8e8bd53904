using System.Globalization;

namespace Cmdr.Host.Tests;

/// <summary>What must be true of a log, whoever wrote it and whatever happened meanwhile.</summary>
internal sealed class Verdict(IReadOnlyList<Line> commands, IReadOnlyList<Line> events)
{
    private readonly Dictionary<(int, long), Line> commandAt = commands.ToDictionary(command => (command.Partition, command.Offset));
    private readonly Dictionary<(int, long), Line> eventAt = events.ToDictionary(e => (e.Partition, e.Offset));
    private readonly Dictionary<(string, string), long> first =
        commands.GroupBy(command => command.Identity).ToDictionary(same => same.Key, same => same.Min(command => command.Offset));

    /// <summary>Fails where the log contradicts itself, the domain's rules, or what clients were promised and in what order each of them sent; gives the balance of each subject.</summary>
    internal IReadOnlyDictionary<string, decimal> Holds(IReadOnlyCollection<Promise> promises, IEnumerable<IReadOnlyList<Promise>> sent)
    {
        OneOutcomeForEachCommand();
        NothingAnsweredIsMissing(promises);
        CommandsComeInTheOrderInWhichTheyWereSent(sent);
        RepeatsAreAnsweredAsRepeats();
        AnswersComeInTheOrderOfTheirCommands();
        NoGapsAndNoDoubles();
        return EveryDecisionIsRight();
    }

    private void OneOutcomeForEachCommand()
    {
        None(events.Where(e => e.CommandOffset is not { } offset || !commandAt.TryGetValue((e.Partition, offset), out var command) || command.Subject != e.Subject || command.Id != e.Cause), "answer no command");
        var outcomes = events.Where(e => e.Outcome is not null).CountBy(e => Answered(e).Identity).ToDictionary();
        None(first.Keys.Where(identity => outcomes.GetValueOrDefault(identity) != 1), "have no outcome, or several");
    }

    private void NothingAnsweredIsMissing(IReadOnlyCollection<Promise> promises)
    {
        var outcomes = events.Where(e => e.Outcome is not null).ToDictionary(e => Answered(e).Identity, e => e.Outcome);
        None(promises.Where(promise => !outcomes.TryGetValue((promise.Subject, promise.Id), out var outcome) || !Agrees(promise.Status, outcome)), "were answered otherwise than the log says");
        None(promises.Where(promise => !IsThere(promise)), "are not where the answer said, or say another thing there");
    }

    private static bool Agrees(string status, string? outcome) => status switch
    {
        "COMPLETED" or "REFUSED" => string.Equals(status, outcome, StringComparison.OrdinalIgnoreCase),
        _ => status == "LOGGED",
    };

    /// <summary>True when the line that the promise names is the command, or an answer to it that tells the outcome.</summary>
    private bool IsThere(Promise promise)
    {
        var parts = promise.Position.Split('/');
        var place = (int.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture));
        var (line, told) = parts[0] == "commands" ? (commandAt.GetValueOrDefault(place), "logged") : Told(eventAt.GetValueOrDefault(place));
        return line?.Identity == (promise.Subject, promise.Id) && string.Equals(promise.Status, told, StringComparison.OrdinalIgnoreCase);
    }

    private (Line? Command, string? Outcome) Told(Line? e) => e is null ? default : (Answered(e), e.Outcome ?? Member(e, "outcome") ?? "logged");

    private void CommandsComeInTheOrderInWhichTheyWereSent(IEnumerable<IReadOnlyList<Promise>> sent)
    {
        foreach (var subject in sent.SelectMany(client => client.GroupBy(promise => promise.Subject)))
        {
            var ordered = subject.Select(promise => (promise.Subject, promise.Id)).ToList();
            None(ordered.Zip(ordered.Skip(1)).Where(pair => first[pair.Second] <= first[pair.First]), "come before what the same client sent earlier");
        }
    }

    private void RepeatsAreAnsweredAsRepeats()
    {
        var outcomes = events.Where(e => e.Outcome is not null).ToDictionary(e => Answered(e).Identity, e => e.Outcome);
        var repeats = events.Where(e => e.Type == "command-repeated").ToList();
        None(events.Where(e => e.Type == "command-repeated" == (first[Answered(e).Identity] == e.CommandOffset)), "take a repeat for a command, or a command for a repeat");
        None(repeats.GroupBy(e => (e.Partition, e.CommandOffset)).Where(same => same.Count() > 1), "answer a repeat twice");
        None(repeats.Where(e => e.Body.GetProperty("first").GetInt64() != first[Answered(e).Identity] || Member(e, "outcome") != outcomes[Answered(e).Identity]), "tell of the first otherwise than it was");
    }

    private void AnswersComeInTheOrderOfTheirCommands()
    {
        foreach (var partition in events.GroupBy(e => e.Partition))
        {
            var ordered = partition.OrderBy(e => e.Offset).ToList();
            None(ordered.Zip(ordered.Skip(1)).Where(pair => pair.Second.CommandOffset < pair.First.CommandOffset), "answer a later command first");
        }
    }

    private void NoGapsAndNoDoubles()
    {
        None(events.GroupBy(e => e.Id).Where(same => same.Count() > 1).SelectMany(same => same), "are there twice");
        foreach (var subject in events.Where(e => e.Sequence is not null).GroupBy(e => e.Subject))
        {
            None(subject.OrderBy(e => e.Offset).Where((e, index) => e.Sequence != index + 1), "are out of sequence");
        }
    }

    /// <summary>No state was lost or doubled when another host went on with it.</summary>
    private IReadOnlyDictionary<string, decimal> EveryDecisionIsRight()
    {
        var bank = new Bank();
        var decisions = events.Where(e => e.Type != "command-repeated").OrderBy(e => e.Partition).ThenBy(e => e.Offset);
        var checkedOnes = decisions.Select(e => (Event: e, Command: Answered(e), Right: bank.Decide(Answered(e)))).ToList();
        None(checkedOnes.Where(one => Decided.Of(one.Event) != one.Right), "are decided otherwise than the rules say");
        return bank.Balances;
    }

    private Line Answered(Line e) => commandAt[(e.Partition, e.CommandOffset!.Value)]; // every event answers a command, which is looked at first

    private static string? Member(Line line, string name) => line.Body.TryGetProperty(name, out var member) ? member.GetString() : null;

    private static void None<T>(IEnumerable<T> wrong, string why)
    {
        var found = wrong.Take(1000).ToList();
        if (found.Count > 0) Assert.Fail($"{found.Count} of them {why}: {string.Join("; ", found.Take(10))}");
    }
}
