namespace Cmdr.Postgres;

/// <summary>A slice appends more than can be committed at once: it comes again with fewer records.</summary>
internal sealed class OutputsTooLargeException(string group, Slice slice, long bytes) : Exception(
    $"{slice.Records.Count} records of {string.Join(", ", slice.Positions.Keys.Order())} made the group {group} append {bytes} bytes, of which {RecordBatch.MostBytes}"
    + " can be committed at once; they come again, fewer at a time. Let what is handled append less should one alone be too much.");
