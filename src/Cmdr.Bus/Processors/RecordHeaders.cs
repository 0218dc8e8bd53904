using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using MassTransit;

namespace Cmdr.Bus;

/// <summary>A record's headers under their names on the log, such as <c>ce_actor</c> and <c>traceparent</c>, as text.</summary>
internal sealed class RecordHeaders(IReadOnlyList<LogHeader> headers) : Headers
{
    public IEnumerable<KeyValuePair<string, object>> GetAll() => headers.Select(header => KeyValuePair.Create<string, object>(header.Name, Text(header)));

    public bool TryGetHeader(string key, [NotNullWhen(true)] out object? value)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers[i].Name != key) continue;
            value = Text(headers[i]);
            return true;
        }

        value = null;
        return false;
    }

    public T? Get<T>(string key, T? defaultValue = null)
        where T : class => TryGetHeader(key, out var value) ? value as T ?? defaultValue : defaultValue;

    public T? Get<T>(string key, T? defaultValue = null)
        where T : struct => TryGetHeader(key, out var value) && value is T given ? given : defaultValue;

    public IEnumerator<HeaderValue> GetEnumerator() => headers.Select(header => new HeaderValue(header.Name, Text(header))).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string Text(LogHeader header) => Encoding.UTF8.GetString(header.Value.Span);
}
