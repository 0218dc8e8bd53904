using System.Text.Json;
using System.Text.Unicode;

namespace Cmdr.Intake;

/// <summary>Reads a body as JSON and nothing but JSON: one value in valid UTF-8, no comments, no trailing commas, nothing after it.</summary>
internal static class StrictJson
{
    /// <summary>The largest body in bytes.</summary>
    internal const int MaxBytes = 1024 * 1024;

    internal static JsonDocument? Parse(Submission submission, List<ShapeFault> faults)
    {
        var data = submission.Data;
        if (data.Length > MaxBytes)
        {
            faults.Add(TooLarge(submission));
            return null;
        }

        if (!Utf8.IsValid(data.Span))
        {
            faults.Add(submission.Fault(FaultCode.NotJson, "is not valid UTF-8"));
            return null;
        }

        try
        {
            return JsonDocument.Parse(data, new() { MaxDepth = Shape.MaxDepth + 1 });
        }
        catch (JsonException e)
        {
            faults.Add(IsTooDeep(data.Span)
                ? submission.Fault(FaultCode.TooDeep, $"is nested too deep; lists and objects may be nested {Shape.MaxDepth} deep")
                : submission.Fault(FaultCode.NotJson, $"is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} is not what may be there"));
            return null;
        }
    }

    internal static ShapeFault TooLarge(Submission submission) => submission.Fault(FaultCode.TooLarge, $"is too large; a command's body may have {MaxBytes} bytes as JSON");

    /// <summary>True when the JSON is well formed as far as its first place that is nested too deep.</summary>
    private static bool IsTooDeep(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, new JsonReaderOptions { MaxDepth = Shape.MaxDepth + 2 });
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth > Shape.MaxDepth) return true;
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return false;
    }
}
