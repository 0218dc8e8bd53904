using CsCheck;
using Xunit;

namespace Cmdr.Handling.Tests;

public sealed class RememberedCommandsTests
{
    /// <summary>Adds, commits and aborts in any order: what is found is what a plain list, searched from its end, says.</summary>
    [Fact]
    public void What_is_remembered_does_not_depend_on_commits_and_aborts() => Gen.Select(Gen.Int[0, 99], Gen.Int[0, 400], Gen.Int[0, 200]).Array[0, 600].Sample(steps =>
    {
        var (remembered, kept, tentative, ticks) = (new RememberedCommands(), new List<RememberedCommand>(), new List<RememberedCommand>(), 0L);
        foreach (var (kind, number, seconds) in steps)
        {
            if (kind < 10)
            {
                kept.AddRange(tentative);
                tentative.Clear();
                remembered.Commit(ticks);
            }
            else if (kind < 15)
            {
                tentative.Clear();
                remembered.Abort();
                ticks = kept.Count == 0 ? 0 : kept[^1].Ticks;
            }
            else
            {
                ticks += seconds * TimeSpan.TicksPerSecond / 10;
                List<RememberedCommand> all = [.. kept, .. tentative];
                var expected = Expected(all, Id(number), ticks);
                if (remembered.Find(Id(number), ticks) != expected) return false;
                if (expected is not null) continue;
                var command = new RememberedCommand(Id(number), 0, all.Count, ticks, Outcome.Completed, null);
                remembered.Add(command);
                tentative.Add(command);
            }
        }

        return true;
    }, iter: 300);

    [Fact]
    public void No_more_than_65536_are_remembered()
    {
        var remembered = new RememberedCommands();
        for (var i = 0; i <= RememberedCommands.Most; i++) remembered.Add(new(Id(i), 0, i, 0, null, null));

        Assert.Null(remembered.Find(Id(0), 0));
        remembered.Commit(0);
        Assert.Null(remembered.Find(Id(0), 0));
        Assert.Equal(1, remembered.Find(Id(1), 0)?.Offset);
    }

    private static RememberedCommand? Expected(List<RememberedCommand> all, Guid id, long ticks)
    {
        var i = all.FindLastIndex(command => command.Id == id);
        var isKnown = i >= 0 && (all.Count - i <= 128 || ticks - all[i].Ticks <= 15 * TimeSpan.TicksPerMinute);
        return isKnown ? all[i] : null;
    }

    private static Guid Id(int number) => new(number, 0, 0, new byte[8]);
}
