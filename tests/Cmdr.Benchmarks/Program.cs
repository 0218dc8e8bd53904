using System.Text.Json;
using Cmdr.Benchmarks;

ICell[] cells = [new AppendCell(), new ConsumeCell(), new HandleCell(), new RiderCell(), new EndToEndCell(), new CompletedCell(), new GrowthCell(), new MutationCell(), new FanoutCell()];
var log = args is [_, "--log", Bench.Postgres or Bench.Kafka] ? args[2] : args.Length == 1 ? Bench.Postgres : null;

if (log is null || cells.SingleOrDefault(cell => cell.Name == args[0]) is not { } cell)
{
    Console.Error.WriteLine($"Name a cell, and then perhaps --log {Bench.Kafka} ({Bench.Postgres} is the default):");
    foreach (var known in cells) Console.Error.WriteLine($"  {known.Name,-10} {known.Description}");
    return 2;
}

await using var bench = new Bench(log);
var result = await cell.Run(bench, CancellationToken.None) with { Log = log };
Console.WriteLine(JsonSerializer.Serialize(result, JsonSerializerOptions.Web));
return 0;
