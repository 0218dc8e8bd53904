using Cmdr;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

try
{
    // Its settings lie beside it, wherever it is started from.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

    builder.AddCmdr(cmdr => cmdr
        .AddPostgres()
        .AddPostgresLog().AddKafkaLog().AddMemoryLog()
        .AddIntake().AddHandling().AddProjections()
        .AddGraph()
        .Module<Cmdr.Banking.BankingModule>());

    // Exports where the standard OTEL_EXPORTER_OTLP_ENDPOINT says, and nowhere otherwise.
    if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
    {
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource(Telemetry.Name).AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddMeter(Telemetry.Name).AddOtlpExporter());
    }

    var app = builder.Build();
    app.MapGraph();
    // What keeps it from being ready is told to whoever asks, not logged at each probe.
    app.MapHealthChecks("/health/ready", new()
    {
        ResponseWriter = (context, report) => context.Response.WriteAsync(string.Join('\n', report.Entries
            .Where(entry => entry.Value.Status != HealthStatus.Healthy).Select(entry => $"{entry.Key}: {entry.Value.Description}").Prepend($"{report.Status}"))),
    });
    app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
    await app.RunAsync();
    return 0;
}
catch (StartException stop)
{
    await Console.Error.WriteLineAsync($"Cmdr does not start: {stop.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    return 130; // interrupted while it started, as a shell says it
}
