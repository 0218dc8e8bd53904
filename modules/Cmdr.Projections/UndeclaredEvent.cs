namespace Cmdr.Projections;

/// <summary>Stands in a Marten stream for an event whose type no module declares, or whose JSON is not of the declared type, so that versions stay those of the log.</summary>
/// <param name="Type">Its name on the log.</param>
/// <param name="Json">Its body as it is on the log.</param>
public sealed record UndeclaredEvent(string Type, string Json);
