using System.Collections;

namespace Cmdr.Testing;

/// <summary>Says what should be, and throws <see cref="ExpectationException"/> where it is not.</summary>
internal static class Expect
{
    public static void That(bool condition, string what)
    {
        if (!condition) throw new ExpectationException($"It should be that {what}.");
    }

    public static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual)) throw new ExpectationException($"{what}: expected {Show(expected)}, found {Show(actual)}.");
    }

    public static void Sequence<T>(IEnumerable<T> expected, IEnumerable<T> actual, string what)
    {
        var (wanted, found) = (expected.ToList(), actual.ToList());
        for (var i = 0; i < Math.Max(wanted.Count, found.Count); i++)
        {
            var (left, right) = (i < wanted.Count ? Show(wanted[i]) : "nothing", i < found.Count ? Show(found[i]) : "nothing");
            if (i >= wanted.Count || i >= found.Count || !EqualityComparer<T>.Default.Equals(wanted[i], found[i]))
            {
                throw new ExpectationException($"{what}: expected {wanted.Count} and found {found.Count}; at {i} expected {left}, found {right}.");
            }
        }
    }

    public static async Task<TException> Throws<TException>(Func<Task> act, string what)
        where TException : Exception
    {
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (TException e)
        {
            return e;
        }
        catch (Exception e)
        {
            throw new ExpectationException($"{what}: expected {typeof(TException).Name}, found {e.GetType().Name}: {e.Message}");
        }

        throw new ExpectationException($"{what}: expected {typeof(TException).Name}, but nothing was thrown.");
    }

    private static string Show(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        byte[] bytes => Convert.ToHexString(bytes),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Show))}]",
        _ => value.ToString() ?? "",
    };
}
