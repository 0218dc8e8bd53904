using System.Text.Json;

namespace Cmdr.Intake;

/// <summary>Reads bookkeeping, which anyone who can write to <c>events</c> may have written: a body that is none must not stop everyone's waits.</summary>
internal static class EnvelopeBody
{
    /// <summary>The body; null when it is not one of a <typeparamref name="T"/>.</summary>
    internal static T? Body<T>(this Envelope envelope)
        where T : Bookkeeping
    {
        try
        {
            return (T)Codec.Decode(envelope.Data.Span, typeof(T));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
