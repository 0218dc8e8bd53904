using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cmdr;

/// <summary>The one way in which messages, states and views are JSON: on the log, in Marten and at the edges.</summary>
public static class Codec
{
    /// <summary>camelCase, enums as camelCase strings, RFC 3339 times, no discriminator; a record struct with one member is that member.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>The JSON of <paramref name="message"/>, by its run-time type.</summary>
    public static byte[] Encode(object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), Options);
    }

    /// <summary>A message from its JSON; unknown members are ignored.</summary>
    /// <exception cref="JsonException">The JSON is not of the type.</exception>
    public static object Decode(ReadOnlySpan<byte> json, Type type) =>
        JsonSerializer.Deserialize(json, type, Options) ?? throw new JsonException($"The body of a {type?.Name} is null.");

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            NumberHandling = JsonNumberHandling.Strict,
            PropertyNameCaseInsensitive = false,
            RespectNullableAnnotations = false,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new WrapperConverterFactory() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
