using Microsoft.Extensions.Logging;

namespace Cmdr.Postgres.Tests.Server;

/// <summary>Writes what is logged, a line each, and after it what was thrown.</summary>
internal sealed class LogLines(TextWriter writer) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        writer.WriteLine($"{logLevel}: {formatter(state, exception)}");
        if (exception is not null) writer.WriteLine(exception);
    }

    public void Dispose()
    {
    }
}
