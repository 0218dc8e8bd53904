namespace Cmdr.Projections;

/// <summary>A view threw: what it is fed stays at the event before, until the code is mended and the host started again.</summary>
internal sealed class ViewException(ViewType view, Position position, Exception cause)
    : Exception($"The view {view.ClrType.FullName} ({view.Module}) threw for the event at {position}: {cause.Message}", cause)
{
    /// <summary>The event.</summary>
    internal Position Position { get; } = position;
}
