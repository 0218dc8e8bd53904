using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Cmdr;

/// <summary>Reads JSON text that may be ill-formed inside: lone surrogates as escapes, invalid UTF-8, U+0000.</summary>
internal static class JsonText
{
    /// <summary>What text must be. U+0000 is refused because databases cannot keep it, so that an event which quotes it would stop its readers.</summary>
    internal const string WellFormed = "must be well-formed Unicode without the character U+0000";

    internal static bool TryName(JsonProperty property, [NotNullWhen(true)] out string? name)
    {
        try
        {
            name = property.Name;
            return !name.Contains('\0', StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            name = null;
            return false;
        }
    }

    /// <summary>The text of a string; a fault when it is ill-formed.</summary>
    internal static bool TryRead(JsonElement value, FaultTrail trail, [NotNullWhen(true)] out string? text)
    {
        try
        {
            text = value.GetString()!; // it is a string
            if (!text.Contains('\0', StringComparison.Ordinal)) return true;
        }
        catch (InvalidOperationException)
        {
            text = null;
        }

        trail.Add(FaultCode.Format, WellFormed);
        return false;
    }
}
