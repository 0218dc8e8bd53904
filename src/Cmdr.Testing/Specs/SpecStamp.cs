namespace Cmdr.Testing;

/// <summary>What specifications stamp with where a sentence does not say.</summary>
internal static class SpecStamp
{
    public static Stamp Default { get; } = new(new("01941f29-7c00-7000-8000-000000000001"), new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), null);
}
