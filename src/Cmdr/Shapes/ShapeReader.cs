namespace Cmdr;

/// <summary>Reflects a type into its shape.</summary>
internal static class ShapeReader
{
    internal static Shape Read(Type type) => throw new NotImplementedException(type.Name);
}
