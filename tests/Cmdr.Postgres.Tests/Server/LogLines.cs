using Microsoft.Extensions.Logging;

namespace Cmdr.Postgres.Tests.Server;

/// <summary>Writes what is logged, a line each.</summary>
internal sealed class LogLines(TextWriter writer) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) writer.WriteLine($"{logLevel}: {formatter(state, exception)}");
    }

    public void Dispose()
    {
    }
}
