using System.Globalization;
using System.Text.Json;
using Cmdr.Benchmarks;
using Microsoft.Extensions.Configuration;

ICell[] cells = [new AppendCell(), new ConsumeCell(), new HandleCell(), new RiderCell(), new EndToEndCell(), new CompletedCell(), new GrowthCell(), new MutationCell(), new FanoutCell()];
var options = new ConfigurationBuilder().AddCommandLine([.. args.Skip(1)]).Build().AsEnumerable().ToDictionary(option => option.Key, option => option.Value, StringComparer.Ordinal);

if (options.Keys.Any(name => name is not ("log" or "partitions"))
    || options.GetValueOrDefault("log", Bench.Postgres) is not { } log || log is not (Bench.Postgres or Bench.Kafka)
    || !int.TryParse(options.GetValueOrDefault("partitions", "16"), CultureInfo.InvariantCulture, out var partitions)
    || cells.SingleOrDefault(cell => cell.Name == args.FirstOrDefault()) is not { } cell)
{
    Console.Error.WriteLine($"Name a cell, and then perhaps --log {Bench.Kafka} ({Bench.Postgres} is the default) or --partitions N (16):");
    foreach (var known in cells) Console.Error.WriteLine($"  {known.Name,-10} {known.Description}");
    return 2;
}

await using var bench = new Bench(log, partitions);
var result = await cell.Run(bench, CancellationToken.None) with { Log = log };
Console.WriteLine(JsonSerializer.Serialize(result, JsonSerializerOptions.Web));
return 0;
