namespace Cmdr;

/// <summary>What must be true of everything that modules declare together.</summary>
internal static class CatalogRules
{
    internal static void Check(IReadOnlyList<DeciderType> deciders, IReadOnlyList<ViewType> views, IReadOnlyList<EventType> events)
    {
        foreach (var decider in deciders) Plain(decider.Category, $"{decider.State.FullName} ({decider.Module})");
        foreach (var command in deciders.SelectMany(decider => decider.Commands)) Plain(command.Name, Describe(command));
        foreach (var e in events) Plain(e.Name, Describe(e));
        Distinct(deciders, decider => decider.Category, decider => $"{decider.State.FullName} ({decider.Module})",
            (a, b, name) => $"{a} and {b} are both deciders of the category '{name}'; remove one, or give it another [Name].");
        Distinct(deciders.SelectMany(decider => decider.Commands), command => command.Name, Describe,
            (a, b, name) => $"{a} and {b} are both the command '{name}', which must have one handler; rename one, or give it another [Name].");
        Distinct(events.Where(e => e.IsWriter), e => e.Name, Describe,
            (a, b, name) => $"{a} and {b} both write the event '{name}'; rename one, or give it another [Name].");
        Distinct(views, view => view.Name, view => $"{view.ClrType.FullName} ({view.Module})",
            (a, b, name) => $"{a} and {b} both give the query '{name}'; rename one.");
        Distinct(views.SelectMany(view => new[] { (Field: view.Name, View: view), (Field: view.Plural, View: view) }), x => x.Field, x => $"{x.View.ClrType.FullName} ({x.View.Module})",
            (a, b, name) => a == b ? $"{a} gives the query '{name}' for one and for many; set [Name(Plural = ...)]." : $"{a} and {b} both give the query '{name}'; set [Name(Plural = ...)] on one.");
        foreach (var decider in deciders.Where(decider => decider.Commands.Count == 0))
        {
            throw new CatalogException($"{decider.State.FullName} ({decider.Module}) has no commands: its family needs a sealed member in the same assembly.");
        }

        foreach (var view in views)
        {
            if (view.ClrType.GetProperty("Id")?.PropertyType != typeof(string))
            {
                throw new CatalogException($"{view.ClrType.FullName} ({view.Module}) has no member 'string Id'; a view's key is its id.");
            }

            if (view.Feeds.Count == 0) throw new CatalogException($"{view.ClrType.FullName} ({view.Module}) is fed by no event type; its family needs a sealed member.");
        }
    }

    /// <summary>A slash would end a subject's category, and what is not plain does not survive in headers, URLs and schemas.</summary>
    private static void Plain(string name, string what)
    {
        if (name.Length == 0 || !name.All(c => (char.IsLetter(c) && !char.IsUpper(c)) || char.IsDigit(c) || c is '-' or '.' or '_'))
        {
            throw new CatalogException($"{what} has the name '{name}', which is not kebab-case; correct its [Name] to lower-case letters, digits and hyphens.");
        }
    }

    private static string Describe(CommandType command) => $"{command.ClrType.FullName} ({command.Decider.Module})";

    private static string Describe(EventType e) => $"{e.ClrType.FullName} ({e.Module})";

    private static void Distinct<T>(IEnumerable<T> items, Func<T, string> name, Func<T, string> describe, Func<string, string, string, string> fault)
    {
        foreach (var clash in items.GroupBy(name, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            throw new CatalogException(fault(describe(clash.First()), describe(clash.ElementAt(1)), clash.Key));
        }
    }
}

/// <summary>What modules declare contradicts itself; the message names both sides and the fix.</summary>
/// <param name="message">Both sides and the fix.</param>
public sealed class CatalogException(string message) : StartException(message);
