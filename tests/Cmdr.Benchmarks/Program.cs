using System.Text.Json;
using Cmdr.Benchmarks;

ICell[] cells = [new AppendCell(), new HandleCell(), new EndToEndCell(), new CompletedCell(), new GrowthCell(), new MutationCell(), new FanoutCell()];

if (cells.SingleOrDefault(cell => args is [var name, ..] && cell.Name == name) is not { } cell)
{
    Console.Error.WriteLine("Name a cell:");
    foreach (var known in cells) Console.Error.WriteLine($"  {known.Name,-10} {known.Description}");
    return 2;
}

await using var bench = new Bench();
var result = await cell.Run(bench, CancellationToken.None);
Console.WriteLine(JsonSerializer.Serialize(result, JsonSerializerOptions.Web));
return 0;
