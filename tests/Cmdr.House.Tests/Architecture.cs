using System.Reflection;
using System.Runtime.CompilerServices;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;

namespace Cmdr.House.Tests;

public sealed class Architecture
{
    private static readonly ArchUnitNET.Domain.Architecture House = new ArchLoader().LoadAssemblies([.. Tests.House.Assemblies]).Build();

    [Fact]
    public void Concrete_classes_are_sealed_or_static()
    {
        var open = Tests.House.Assemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false, IsSealed: false } && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !type.Name.Contains('<', StringComparison.Ordinal))
            .Where(type => type.Name != "Program");
        Assert.Empty(open);
    }

    [Fact]
    public void Namespaces_have_no_cycles() =>
        ArchUnitNET.Fluent.Slices.SliceRuleDefinition.Slices().Matching("Cmdr.(*)").Should().BeFreeOfCycles().Check(House);

    [Fact]
    public void Public_async_methods_take_a_CancellationToken()
    {
        // Not of the kit's ModuleHost, whose verbs read as sentences in a test and take their commands as params.
        var deaf = from type in Tests.House.Assemblies.Where(assembly => assembly.GetName().Name != "Cmdr.Testing").SelectMany(assembly => assembly.GetExportedTypes())
                   where !type.Name.Contains('<', StringComparison.Ordinal)
                   from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                   where !method.IsSpecialName && IsAwaited(method.ReturnType) && IsOurs(type, method)
                   where method.GetParameters().All(parameter => parameter.ParameterType != typeof(CancellationToken))
                   select $"{type.FullName}.{method.Name}";
        Assert.Empty(deaf);
    }

    [Fact]
    public void Deciders_states_messages_and_views_touch_no_clock_chance_task_log_or_io()
    {
        IEnumerable<System.Type> pure = Domains.PureTypes;
        Assert.NotEmpty(pure);
        var impure = from type in pure
                     let known = House.Classes.SingleOrDefault(c => c.FullName == type.FullName)
                     where known is not null
                     from dependency in known.Dependencies
                     let target = dependency.Target.FullName
                     where IsImpure(target, (dependency as ArchUnitNET.Domain.Dependencies.MethodCallDependency)?.TargetMember.Name)
                     select $"{type.FullName} touches {target}";
        Assert.Empty(impure.Distinct());
    }

    private static bool IsImpure(string type, string? member) => type switch
    {
        "System.DateTime" or "System.DateTimeOffset" => member is not null && (member.Contains("get_Now", StringComparison.Ordinal) || member.Contains("get_UtcNow", StringComparison.Ordinal) || member.Contains("get_Today", StringComparison.Ordinal)),
        "System.Guid" => member is not null && (member.Contains("NewGuid", StringComparison.Ordinal) || member.Contains("CreateVersion7", StringComparison.Ordinal)),
        "System.Random" or "System.TimeProvider" or "System.Environment" or "System.Console" or "System.Diagnostics.Stopwatch" => true,
        _ => type.StartsWith("System.IO.", StringComparison.Ordinal) || type.StartsWith("System.Net.", StringComparison.Ordinal)
            || type.StartsWith("System.Threading.", StringComparison.Ordinal) || type.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
            || type.StartsWith("System.Security.Cryptography.", StringComparison.Ordinal),
    };

    private static bool IsAwaited(System.Type type) => type == typeof(Task) || type == typeof(ValueTask)
        || (type.IsGenericType && type.GetGenericTypeDefinition() is var open && (open == typeof(Task<>) || open == typeof(ValueTask<>) || open == typeof(IAsyncEnumerable<>)));

    /// <summary>Not a library's member that we implement, whose signature is not ours to choose.</summary>
    private static bool IsOurs(System.Type type, MethodInfo method) =>
        method.GetBaseDefinition().DeclaringType!.Assembly == type.Assembly // a method is declared by a type
        && !type.GetInterfaces().Where(contract => !Tests.House.Assemblies.Contains(contract.Assembly)).Any(contract => type.IsClass && !type.IsAbstract && type.GetInterfaceMap(contract).TargetMethods.Contains(method));
}
