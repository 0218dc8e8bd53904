using Xunit;

namespace Cmdr.Tests.Domain;

public sealed class NamingTests
{
    [Theory]
    [InlineData("AccountOpened", "account-opened")]
    [InlineData("Deposit", "deposit")]
    [InlineData("SMSSent", "sms-sent")]
    [InlineData("SendSMS", "send-sms")]
    [InlineData("A", "a")]
    [InlineData("Level2Reached", "level2-reached")]
    [InlineData("\u00c4nderung", "\u00e4nderung")]
    [InlineData("", "")]
    public void Kebab_case(string pascal, string kebab) => Assert.Equal(kebab, Naming.Kebab(pascal));

    [Theory]
    [InlineData("AccountOpened", "accountOpened")]
    [InlineData("IOBound", "ioBound")]
    public void Camel_case(string pascal, string camel) => Assert.Equal(camel, Naming.Camel(pascal));

    [Fact]
    public void A_type_is_named_by_its_attribute_or_by_itself()
    {
        Assert.Equal("sheep", Naming.Of(typeof(Lamb)));
        Assert.Equal("sms-sent", Naming.Of(typeof(SMSSent)));
    }

    [Theory]
    [InlineData(typeof(Lamb), "flock")]
    [InlineData(typeof(SMSSent), "smsSents")]
    [InlineData(typeof(Entry), "entries")]
    [InlineData(typeof(Day), "days")]
    [InlineData(typeof(Bus), "buses")]
    [InlineData(typeof(Dish), "dishes")]
    [InlineData(typeof(Branch), "branches")]
    [InlineData(typeof(Box), "boxes")]
    [InlineData(typeof(Y), "ys")]
    public void A_list_is_named_in_the_plural(Type type, string plural) => Assert.Equal(plural, Naming.PluralOf(type));

    [Name("sheep", Plural = "flock")]
    public sealed record Lamb;

    public sealed record SMSSent;

    public sealed record Entry;

    public sealed record Day;

    public sealed record Bus;

    public sealed record Dish;

    public sealed record Branch;

    public sealed record Box;

    public sealed record Y;
}
