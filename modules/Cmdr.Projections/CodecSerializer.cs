using System.Buffers;
using System.Data.Common;
using System.Text;
using System.Text.Json;

using Npgsql;
using NpgsqlTypes;
using Weasel.Core;

namespace Cmdr.Projections;

/// <summary>Lets Marten write and read JSON exactly as the log does: by <see cref="Codec.Options"/>, always by the run-time type.</summary>
/// <remarks>PostgreSQL's jsonb cannot hold U+0000: it becomes U+FFFD there. The history, which keeps bytes, has it as it was.</remarks>
internal sealed class CodecSerializer : Marten.ISerializer
{
    private static readonly byte[] Nul = Encoding.ASCII.GetBytes(@"\u0000");
    private static readonly byte[] Replacement = Encoding.ASCII.GetBytes(@"\uFFFD");

    public EnumStorage EnumStorage => EnumStorage.AsString;

    public Casing Casing => Casing.CamelCase;

    public Marten.ValueCasting ValueCasting => Marten.ValueCasting.Strict;

    public string ToJson(object? document) => Encoding.UTF8.GetString(Encode(document));

    public string ToCleanJson(object? document) => ToJson(document);

    public string ToJsonWithTypes(object document) => ToJson(document);

    public void WriteTo(IBufferWriter<byte> writer, object? value) => writer.Write(Encode(value));

    public void WriteToCleanJson(IBufferWriter<byte> writer, object? value) => WriteTo(writer, value);

    public void WriteToJsonWithTypes(IBufferWriter<byte> writer, object value) => WriteTo(writer, value);

    public void WriteToParameter(NpgsqlParameter parameter, object? value)
    {
        parameter.NpgsqlDbType = NpgsqlDbType.Jsonb;
        parameter.Value = value is null ? DBNull.Value : Encode(value);
    }

    public T FromJson<T>(Stream stream) => (T)FromJson(typeof(T), stream);

    public T FromJson<T>(DbDataReader reader, int index) => JsonSerializer.Deserialize<T>(reader.GetFieldValue<byte[]>(index), Codec.Options)!; // null only where the JSON is

    public object FromJson(Type type, Stream stream)
    {
        using var json = new MemoryStream();
        stream.CopyTo(json);
        return Decode(json, type);
    }

    public object FromJson(Type type, DbDataReader reader, int index) => JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(index), type, Codec.Options)!; // as above

    public async ValueTask<T> FromJsonAsync<T>(Stream stream, CancellationToken cancellationToken = default) =>
        (T)await FromJsonAsync(typeof(T), stream, cancellationToken);

    public async ValueTask<object> FromJsonAsync(Type type, Stream stream, CancellationToken cancellationToken = default)
    {
        using var json = new MemoryStream();
        await stream.CopyToAsync(json, cancellationToken);
        return Decode(json, type);
    }

    // A row is in memory when its columns are read, so there is nothing to wait for.
    public ValueTask<T> FromJsonAsync<T>(DbDataReader reader, int index, CancellationToken cancellationToken = default) => new(FromJson<T>(reader, index));

    public ValueTask<object> FromJsonAsync(Type type, DbDataReader reader, int index, CancellationToken cancellationToken = default) =>
        new(FromJson(type, reader, index));

    /// <summary>Reads what a stream of a column brought: PostgreSQL's binary jsonb begins with its version, 1.</summary>
    private static object Decode(MemoryStream json, Type type)
    {
        var bytes = json.GetBuffer().AsSpan(0, (int)json.Length);
        return JsonSerializer.Deserialize(bytes is [1, .. var rest] ? rest : bytes, type, Codec.Options)!; // as above
    }

    private static byte[] Encode(object? value)
    {
        if (value is null) return "null"u8.ToArray();
        var json = Codec.Encode(value);
        var place = json.AsSpan().IndexOf(Nul);
        for (var from = 0; place >= 0; place = json.AsSpan(from).IndexOf(Nul))
        {
            var at = from + place;
            if (Escapes(json, at)) Replacement.CopyTo(json, at);
            from = at + Nul.Length;
        }

        return json;
    }

    /// <summary>True when the backslash at <paramref name="at"/> begins an escape rather than ending one, as in <c>\\u0000</c>.</summary>
    private static bool Escapes(byte[] json, int at)
    {
        var before = 0;
        while (at - before > 0 && json[at - before - 1] == (byte)'\\') before++;
        return before % 2 == 0;
    }
}
