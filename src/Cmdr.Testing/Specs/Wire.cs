using System.Text;
using System.Text.Json;

namespace Cmdr.Testing;

/// <summary>Messages, states and views as the log and the read models have them: JSON.</summary>
internal static class Wire
{
    /// <summary>The value read back from its JSON.</summary>
    /// <exception cref="ExpectationException">It does not come back as it was.</exception>
    public static T RoundTrip<T>(T value, string what)
        where T : class
    {
        T copy;
        try
        {
            copy = (T)Codec.Decode(Codec.Encode(value), value.GetType());
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new ExpectationException($"{what} {value.GetType().Name} does not survive its JSON: {e.Message}");
        }

        if (Structure.Difference(value, copy) is { } member) throw new ExpectationException($"{what} {Show(value)} does not survive its JSON: it loses {member}.");
        return copy;
    }

    public static void Same(object? expected, object? found, string what)
    {
        if (Structure.Difference(expected, found) is null) return;
        throw new ExpectationException($"{what}, is not the same.{Lines("Expected", Show(expected))}{Lines("Found", Show(found))}");
    }

    /// <summary><c>account-opened {"owner":"Ann"}</c>.</summary>
    public static string Show(object? message) => message is null ? "nothing" : $"{Naming.Of(message.GetType())} {Encoding.UTF8.GetString(Codec.Encode(message))}";

    /// <summary>A title, and text indented below it.</summary>
    public static string Lines(string title, string text) => $"\n{title}:\n  {text.Replace("\n", "\n  ", StringComparison.Ordinal)}";
}
