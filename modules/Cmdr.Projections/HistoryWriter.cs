using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Cmdr.Projections;

/// <summary>Copies a slice's messages and strays into their tables, in the slice's transaction.</summary>
internal static class HistoryWriter
{
    internal static async Task Write(NpgsqlConnection connection, SliceReading reading, CancellationToken cancellationToken)
    {
        if (reading.Messages.Count > 0)
        {
            await using var copy = await connection.BeginBinaryImportAsync(Sql.CopyHistory, cancellationToken);
            foreach (var (position, envelope) in reading.Messages)
            {
                await copy.StartRowAsync(cancellationToken);
                await Write(copy, position, cancellationToken);
                await Write(copy, envelope, cancellationToken);
            }

            await copy.CompleteAsync(cancellationToken);
        }

        if (reading.Strays.Count > 0) await Write(connection, reading.Strays, cancellationToken);
    }

    private static async Task Write(NpgsqlConnection connection, IEnumerable<Stray> strays, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginBinaryImportAsync(Sql.CopyStrays, cancellationToken);
        foreach (var (logged, fault) in strays)
        {
            await copy.StartRowAsync(cancellationToken);
            await Write(copy, logged.Position, cancellationToken);
            await copy.WriteAsync(fault, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(logged.Record.Key, NpgsqlDbType.Bytea, cancellationToken);
            await copy.WriteAsync(logged.Record.Headers.Select(header => Encoding.UTF8.GetBytes(header.Name)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea, cancellationToken);
            await copy.WriteAsync(logged.Record.Headers.Select(header => header.Value.ToArray()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea, cancellationToken);
            await copy.WriteAsync(logged.Record.Value, NpgsqlDbType.Bytea, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    private static async Task Write(NpgsqlBinaryImporter copy, Position position, CancellationToken cancellationToken)
    {
        await copy.WriteAsync(position.Topic, NpgsqlDbType.Text, cancellationToken);
        await copy.WriteAsync(position.Partition, NpgsqlDbType.Integer, cancellationToken);
        await copy.WriteAsync(position.Offset, NpgsqlDbType.Bigint, cancellationToken);
    }

    private static async Task Write(NpgsqlBinaryImporter copy, Envelope envelope, CancellationToken cancellationToken)
    {
        await copy.WriteAsync(envelope.Id, NpgsqlDbType.Uuid, cancellationToken);
        await copy.WriteAsync(envelope.Type, NpgsqlDbType.Text, cancellationToken);
        await copy.WriteAsync(envelope.Subject.ToString(), NpgsqlDbType.Text, cancellationToken);
        await copy.WriteAsync(envelope.Time.UtcTicks, NpgsqlDbType.Bigint, cancellationToken);
        await copy.WriteAsync(envelope.Source, NpgsqlDbType.Text, cancellationToken);
        await Write(copy, envelope.CorrelationId, NpgsqlDbType.Uuid, cancellationToken);
        await Write(copy, envelope.CausationId, NpgsqlDbType.Uuid, cancellationToken);
        await Write(copy, envelope.Actor, cancellationToken);
        await Write(copy, envelope.Sequence, NpgsqlDbType.Bigint, cancellationToken);
        await Write(copy, envelope.CommandOffset, NpgsqlDbType.Bigint, cancellationToken);
        await Write(copy, envelope.CommandHash, cancellationToken);
        await Write(copy, envelope.ExpectedSequence, NpgsqlDbType.Bigint, cancellationToken);
        await Write(copy, envelope.Outcome?.ToString(), cancellationToken);
        await Write(copy, envelope.Saga, cancellationToken);
        await Write(copy, envelope.NotBefore?.UtcTicks, NpgsqlDbType.Bigint, cancellationToken);
        await Write(copy, envelope.DataSchema, cancellationToken);
        await Write(copy, envelope.TraceParent, cancellationToken);
        await Write(copy, envelope.TraceState, cancellationToken);
        await copy.WriteAsync(envelope.Data, NpgsqlDbType.Bytea, cancellationToken);
    }

    private static Task Write(NpgsqlBinaryImporter copy, string? value, CancellationToken cancellationToken) =>
        value is null ? copy.WriteNullAsync(cancellationToken) : copy.WriteAsync(value, NpgsqlDbType.Text, cancellationToken);

    private static Task Write<T>(NpgsqlBinaryImporter copy, T? value, NpgsqlDbType type, CancellationToken cancellationToken)
        where T : struct => value is null ? copy.WriteNullAsync(cancellationToken) : copy.WriteAsync(value.Value, type, cancellationToken);
}
