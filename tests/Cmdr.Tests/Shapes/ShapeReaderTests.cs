using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using Xunit;

namespace Cmdr.Tests.Shapes;

public sealed class ShapeReaderTests
{
    private static ShapeMember Member(string name) => Shape.Of(typeof(Order)).Members.Single(member => member.Name == name);

    [Fact]
    public void Members_come_in_the_order_of_the_constructor_and_then_the_others()
    {
        var names = Shape.Of(typeof(Order)).Members.Select(member => member.Name).ToList();
        Assert.Equal(["id", "customer", "priority", "amount", "lines", "colour"], names.Take(6));
        Assert.Equal(["renamed", "price", "tags"], names.TakeLast(3));
        Assert.Equal("isLarge", Assert.Single(Shape.Of(typeof(Order)).Computed).Name);
    }

    [Fact]
    public void Members_of_a_base_record_come_first() =>
        Assert.Equal(["account", "owner", "currency"], Shape.Of(typeof(Ledger.OpenAccount)).Members.Select(member => member.Name));

    [Theory]
    [InlineData("id", ShapeKind.Wrapper, false, true)]
    [InlineData("customer", ShapeKind.Text, false, true)]
    [InlineData("priority", ShapeKind.WholeNumber, false, true)]
    [InlineData("amount", ShapeKind.Number, false, true)]
    [InlineData("lines", ShapeKind.List, false, true)]
    [InlineData("colour", ShapeKind.Enum, false, false)]
    [InlineData("note", ShapeKind.Text, true, false)]
    [InlineData("token", ShapeKind.Uuid, true, false)]
    [InlineData("due", ShapeKind.Time, true, false)]
    [InlineData("blob", ShapeKind.Bytes, true, false)]
    [InlineData("counts", ShapeKind.Map, true, false)]
    [InlineData("extra", ShapeKind.Any, true, false)]
    [InlineData("parent", ShapeKind.Record, true, false)]
    [InlineData("tags", ShapeKind.List, false, false)]
    public void A_member_has_a_kind_and_may_be_null_or_absent(string name, ShapeKind kind, bool nullable, bool required) =>
        Assert.Equal((kind, nullable, required), (Member(name).Element.Shape.Kind, Member(name).Element.Nullable, Member(name).Required));

    [Fact]
    public void Defaults_descriptions_and_names_are_read()
    {
        Assert.Equal(Colour.DeepRed, Member("colour").Default);
        Assert.Equal("Who buys.", Member("customer").Description);
        Assert.Equal("An order.", Shape.Of(typeof(Order)).Description);
        Assert.Equal(["deepRed", "sea"], Member("colour").Element.Shape.EnumNames);
    }

    [Fact]
    public void Constraints_come_from_the_constructors_parameters_and_from_properties()
    {
        Assert.Equal([new ShapeConstraint.Range(0.01m, 1e9m, false, false)], Member("amount").Element.Constraints);
        Assert.Equal([new ShapeConstraint.Length(null, 10)], Member("customer").Element.Constraints);
        Assert.Equal([new ShapeConstraint.Pattern("[A-Z]{3}")], Member("currency").Element.Constraints);
        Assert.Equal([new ShapeConstraint.Length(2, 4)], Shape.Of(typeof(OnProperty)).Members[0].Element.Constraints);
    }

    [Fact]
    public void A_type_that_contains_itself_meets_its_own_shape()
    {
        Assert.Same(Shape.Of(typeof(Order)), Member("parent").Element.Shape);
        var line = Shape.Of(typeof(Line));
        Assert.Same(line, line.Members.Single(member => member.Name == "parts").Element.Shape.Element!.Shape);
    }

    [Fact]
    public void Null_is_allowed_inside_a_list_where_the_place_says_so()
    {
        var shape = Shape.Of(typeof(Lists));
        Assert.Equal([false, true, false, true], shape.Members.Select(member => member.Element.Shape.Element!.Nullable));
        Assert.True(Shape.Of(typeof(string[])).Element!.Nullable);
    }

    [Fact]
    public void A_member_reads_its_value() => Assert.Equal(5m, Shape.Of(typeof(Ledger.Deposit)).Members[1].Get(new Ledger.Deposit("a", 5)));

    [Fact]
    public void Shapes_that_are_read_at_once_are_the_same()
    {
        var shapes = Enumerable.Range(0, 64).AsParallel().WithDegreeOfParallelism(8).Select(_ => Shape.Of(typeof(ReadAtOnce))).Distinct();
        Assert.Single(shapes);
    }

    [Theory]
    [InlineData(typeof(HoldsAbstract), "HoldsAbstract.thing")]
    [InlineData(typeof(HoldsType), "HoldsType.type")]
    [InlineData(typeof(HoldsIntKeys), "HoldsIntKeys.map")]
    [InlineData(typeof(HoldsCharacter), "HoldsCharacter.letter")]
    [InlineData(typeof(HoldsPattern), "HoldsPattern.text")]
    [InlineData(typeof(HoldsLength), "HoldsLength.number")]
    [InlineData(typeof(HoldsCompare), "HoldsCompare.again")]
    [InlineData(typeof(HoldsReadOnly), "HoldsReadOnly.items")]
    [InlineData(typeof(HoldsFrozen), "Frozen.a")]
    [InlineData(typeof(Action), "Action")]
    public void What_JSON_cannot_carry_is_refused_by_type_and_member(Type type, string where)
    {
        for (var i = 0; i < 2; i++) // also the second time: nothing half-read stays
        {
            Assert.Contains(where, Assert.Throws<NotSupportedException>(() => Shape.Of(type)).Message, StringComparison.Ordinal);
        }
    }

    public abstract record Thing;

    public sealed record HoldsAbstract(Thing Thing);

    public sealed record HoldsType(Type Type);

    public sealed record HoldsIntKeys(IReadOnlyDictionary<int, string> Map);

    public sealed record HoldsCharacter(char Letter);

    public sealed record HoldsPattern([RegularExpression("(")] string Text);

    public sealed record HoldsLength([MaxLength(5)] int Number);

    public sealed record HoldsCompare(string Once, [property: Compare(nameof(HoldsCompare.Once))] string Again);

    public sealed record HoldsReadOnly(System.Collections.ObjectModel.ReadOnlyCollection<int> Items);

    public sealed record HoldsFrozen(Frozen Frozen);

    public readonly struct Frozen(int a, int b)
    {
        public int A { get; } = a;

        public int B { get; } = b;
    }

    public sealed record ReadAtOnce(Line Line, IReadOnlyList<ReadAtOnce> Others);

    public sealed record OnProperty([property: Length(2, 4)] string Text);

    public sealed record Lists(IReadOnlyList<string> A, IReadOnlyList<string?> B, ImmutableArray<int> C, int?[] D);
}
