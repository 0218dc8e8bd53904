namespace Cmdr.Benchmarks;

/// <summary>One thing that is measured, together with its floor.</summary>
internal interface ICell
{
    string Name { get; }

    string Description { get; }

    Task<Result> Run(Bench bench, CancellationToken cancellationToken);
}

/// <summary>What a cell measured.</summary>
/// <param name="Cell">Its name.</param>
/// <param name="Figure">Median over rounds, in <paramref name="Unit"/>.</param>
/// <param name="Unit">Of figure and floor.</param>
/// <param name="Floor">Median over the same rounds of the bare equivalent; null where the target is absolute.</param>
/// <param name="Ratio">Median of the rounds' figure over floor; null where there is no floor.</param>
/// <param name="Details">What else was seen.</param>
internal sealed record Result(string Cell, double Figure, string Unit, double? Floor, double? Ratio, IReadOnlyDictionary<string, object> Details)
{
    /// <summary>The log that it was measured on.</summary>
    public string Log { get; init; } = "";

    /// <summary>The medians of rounds that each measured the floor and the figure.</summary>
    internal static Result OfRounds(string cell, string unit, IReadOnlyList<(double Figure, double Floor)> rounds, IReadOnlyDictionary<string, object>? details = null) => new(
        cell,
        Math.Round(Median(rounds.Select(round => round.Figure))),
        unit,
        Math.Round(Median(rounds.Select(round => round.Floor))),
        Math.Round(Median(rounds.Select(round => round.Figure / round.Floor)), 2),
        details ?? new Dictionary<string, object>());

    internal static double Median(IEnumerable<double> values) => Percentile(values, 0.5);

    internal static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
