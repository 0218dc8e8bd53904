using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cmdr;

/// <summary>Writes a record struct with one member, such as <c>AccountId(string Value)</c>, as that member.</summary>
internal sealed class WrapperConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => MemberOf(typeToConvert) is not null;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        var member = MemberOf(typeToConvert)!; // CanConvert said so
        return (JsonConverter)Activator.CreateInstance(typeof(Converter<,>).MakeGenericType(typeToConvert, member.PropertyType), member)!;
    }

    /// <summary>The only member of a record struct; null for any other type.</summary>
    internal static PropertyInfo? MemberOf(Type type)
    {
        if (!type.IsValueType || type.IsPrimitive || type.IsEnum || type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true) return null;
        return type.GetConstructors() is [var constructor] && constructor.GetParameters() is [var parameter]
            && type.GetProperties(BindingFlags.Public | BindingFlags.Instance) is [var property]
            && property.Name.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase) && property.PropertyType == parameter.ParameterType ? property : null;
    }

    private sealed class Converter<TWrapper, TMember>(PropertyInfo member) : JsonConverter<TWrapper>
        where TWrapper : struct
    {
        private readonly Unwrap unwrap = member.GetMethod!.CreateDelegate<Unwrap>(); // MemberOf found a readable one
        private readonly ConstructorInfo constructor = typeof(TWrapper).GetConstructor([typeof(TMember)])!; // MemberOf found it

        private delegate TMember Unwrap(ref TWrapper wrapper);

        public override TWrapper Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            (TWrapper)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, [JsonSerializer.Deserialize<TMember>(ref reader, options)], null);

        public override void Write(Utf8JsonWriter writer, TWrapper value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, unwrap(ref value), options);
    }
}
