using System.Globalization;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Banking;

/// <summary>Writes a statement line for each large deposit. At least once: an event that comes again leaves a line with the same id.</summary>
public sealed class LargeDepositStatement(StatementFolder folder) : IConsumer<Recorded<Deposited>>
{
    public Task Consume(ConsumeContext<Recorded<Deposited>> context)
    {
        var (e, account) = (context.Message.Event, context.Message.Subject.Id);
        return e.Amount < folder.Least
            ? Task.CompletedTask
            : folder.Write(context.Message.Position.Partition, new(context.Envelope().Id, account, e.Amount, e.Currency, context.Message.Time), context.CancellationToken);
    }
}

/// <summary>One line of a statement; <paramref name="Id"/> is the event's, by which whoever reads it knows a repeat.</summary>
public sealed record StatementLine(Guid Id, string Account, decimal Amount, string Currency, DateTimeOffset Time);

/// <summary>Where statements go: a file of JSON lines for each partition of the log, so that a file has one writer.</summary>
/// <param name="path">The folder; made when it is not there.</param>
/// <param name="least">From which amount a deposit is large.</param>
public sealed class StatementFolder(string path, decimal least) : IDisposable
{
    private readonly SemaphoreSlim writing = new(1, 1);

    public decimal Least => least;

    /// <summary>Returns when the line is on the disk.</summary>
    public async Task Write(int partition, StatementLine line, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            Directory.CreateDirectory(path);
            var name = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{partition:D4}.jsonl"));
            // Locked, also against a host that was stopped while it owned the partition and does not know yet that it is another's.
            await using var file = new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            // A machine that lost its power may have left half a line.
            byte[] before = IsEnded(file) ? [] : [(byte)'\n'];
            file.Seek(0, SeekOrigin.End);
            await file.WriteAsync((byte[])[.. before, .. Codec.Encode(line), (byte)'\n'], cancellationToken);
            file.Flush(flushToDisk: true);
        }
        finally
        {
            writing.Release();
        }
    }

    public void Dispose() => writing.Dispose();

    private static bool IsEnded(FileStream file)
    {
        if (file.Length == 0) return true;
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }
}

internal static class Statements
{
    /// <summary>Adds statements where <c>Banking:Statements</c> names a folder for them; <c>Banking:LargeDeposit</c> says from which amount, 10,000 unless set.</summary>
    public static CmdrBuilder WithStatements(this CmdrBuilder cmdr)
    {
        if (cmdr.Configuration["Banking:Statements"] is not { Length: > 0 } path) return cmdr;
        var text = cmdr.Configuration["Banking:LargeDeposit"] ?? "10000";
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var least))
        {
            throw new SettingException($"Banking:LargeDeposit is '{text}'; set it to an amount such as 10000.");
        }

        cmdr.Services.AddSingleton(new StatementFolder(path, least));
        // A disk that is full, or a folder that cannot be written to, is no event's fault.
        return cmdr.Processor<LargeDepositStatement>(processor =>
        {
            processor.WaitOut<IOException>();
            processor.WaitOut<UnauthorizedAccessException>();
        });
    }
}
