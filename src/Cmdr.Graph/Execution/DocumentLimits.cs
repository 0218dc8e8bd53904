using System.Globalization;
using GraphQLParser;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>
/// What one document may ask for at most. Checked before the rules, some of which take time that grows with the square of a document, and with every fragment
/// counted at each of its uses.
/// </summary>
internal sealed class DocumentLimits
{
    internal const int MaxCharacters = 128 * 1024;
    internal const int MaxDepth = 16;
    internal const int MaxPlaces = 2000;
    internal const int MaxRootFields = 50;
    internal const int MaxDefinitions = 200;

    // The introspection query of common tools is 15 deep; nested more than thrice its lists multiply: graphql-js, MaxIntrospectionDepthRule.
    private const int MaxIntrospectionDepth = 20;
    private const int MaxIntrospectionLists = 3;
    private static readonly string[] IntrospectionLists = ["fields", "interfaces", "possibleTypes", "inputFields"];

    private readonly Dictionary<ROM, GraphQLFragmentDefinition> fragments = [];
    private int taken;

    private DocumentLimits(GraphQLDocument document)
    {
        foreach (var fragment in document.Definitions.OfType<GraphQLFragmentDefinition>()) fragments.TryAdd(fragment.FragmentName.Name.Value, fragment);
    }

    /// <summary>Throws when the document asks for more than one request may.</summary>
    /// <exception cref="FaultError">It does.</exception>
    internal static void Check(GraphQLDocument document)
    {
        if (document.Definitions.Count > MaxDefinitions) throw TooMuch($"has more than {MaxDefinitions} operations and fragments");
        var limits = new DocumentLimits(document);
        foreach (var operation in document.Definitions.OfType<GraphQLOperationDefinition>())
        {
            if (operation.SelectionSet.Selections.Count > MaxRootFields) throw TooMuch($"asks for more than {MaxRootFields} root fields");
            limits.Count(operation.Variables?.Count);
            limits.Count(operation.Directives?.Count);
            limits.Visit(operation.SelectionSet, 1, 0, false, []);
        }

        foreach (var fragment in limits.fragments.Values) limits.Visit(fragment.SelectionSet, 1, 0, false, []);
    }

    private void Visit(GraphQLSelectionSet? selections, int depth, int lists, bool introspects, HashSet<ROM> open)
    {
        if (selections is null) return;
        if (depth > (introspects ? MaxIntrospectionDepth : MaxDepth)) throw TooMuch($"is nested deeper than {(introspects ? MaxIntrospectionDepth : MaxDepth)}");
        foreach (var selection in selections.Selections)
        {
            Count(1);
            Count((selection as IHasDirectivesNode)?.Directives?.Count);
            switch (selection)
            {
                case GraphQLField field:
                    Visit(field, depth, lists, introspects, open);
                    break;
                case GraphQLInlineFragment inline:
                    Visit(inline.SelectionSet, depth, lists, introspects, open);
                    break;
                case GraphQLFragmentSpread spread when fragments.TryGetValue(spread.FragmentName.Name.Value, out var fragment) && open.Add(fragment.FragmentName.Name.Value):
                    Visit(fragment.SelectionSet, depth, lists, introspects, open);
                    open.Remove(fragment.FragmentName.Name.Value);
                    break;
            }
        }
    }

    private void Visit(GraphQLField field, int depth, int lists, bool introspects, HashSet<ROM> open)
    {
        Count(field.Arguments?.Count);
        var name = field.Name.StringValue;
        var isMeta = introspects || name is "__schema" or "__type";
        var nested = isMeta && IntrospectionLists.Contains(name) ? lists + 1 : lists;
        if (nested > MaxIntrospectionLists) throw TooMuch($"nests lists of the introspection more than {MaxIntrospectionLists} times");
        Visit(field.SelectionSet, depth + 1, nested, isMeta, open);
    }

    /// <summary>Counts what takes a place: a field, or an argument, directive or variable.</summary>
    private void Count(int? places)
    {
        taken += places ?? 0;
        if (taken > MaxPlaces) throw TooMuch($"holds more than {MaxPlaces} fields, arguments, directives and variables");
    }

    private static FaultError TooMuch(string what) => new(ErrorCode.TooComplex, string.Create(CultureInfo.InvariantCulture, $"The document {what}."), "query");
}
