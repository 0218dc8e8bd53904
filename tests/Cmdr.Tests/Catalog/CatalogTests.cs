using Cmdr.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Cmdr.Tests.Catalog;

public sealed class CatalogTests
{
    private static Cmdr.Catalog Build(Action<CmdrBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.AddCmdr(configure);
        using var host = builder.Build();
        return host.Services.GetRequiredService<Cmdr.Catalog>();
    }

    private static void Refused(Action<CmdrBuilder> configure, params string[] named)
    {
        var message = Assert.Throws<CatalogException>(() => Build(configure)).Message;
        Assert.All(named, name => Assert.Contains(name, message, StringComparison.Ordinal));
        Assert.Matches("(rename|remove|give|set|correct|must|needs|is its id)", message);
    }

    [Fact]
    public void A_module_declares_commands_events_and_views_by_naming_its_aggregate()
    {
        var catalog = Build(cmdr => cmdr.Module<LedgerModule>());
        Assert.Equal(["open-account", "deposit", "withdraw"], catalog.Commands.Select(command => command.Name));
        Assert.Equal("account", catalog.Command("deposit")!.Decider.Category);
        Assert.Equal(new Subject("account", "a1"), catalog.Command(typeof(Deposit))!.Subject(new Deposit("a1", 5)));
        Assert.True(catalog.Event("deposited")!.IsWriter);
        Assert.True(catalog.Event(typeof(CommandRefused))!.IsBookkeeping);
        Assert.Equal([("accountBalance", true), ("depositTotal", false)], catalog.Views.Select(view => (view.Name, view.KeyedBySubject)));
        Assert.Null(catalog.Command("nothing"));
        Assert.Null(catalog.Decider("nothing"));
    }

    [Fact]
    public void What_a_processor_reads_is_declared_but_not_as_written()
    {
        var catalog = Build(cmdr => cmdr.Module<LedgerModule>().Reads(typeof(ForeignDeposit)).Reads(typeof(Deposited)).Reads(typeof(AccountEvent)));
        Assert.False(catalog.Event(typeof(ForeignDeposit))!.IsWriter);
        Assert.Equal(typeof(Deposited), catalog.Event("deposited")!.ClrType);
        Assert.Single(catalog.Events, e => e.ClrType == typeof(Deposited));
    }

    [Name("deposited")]
    private sealed record ForeignDeposit(decimal Amount);

    [Fact]
    public void A_view_of_another_modules_event_reads_it_with_a_record_of_its_own()
    {
        var catalog = Build(cmdr => cmdr.Module<LedgerModule>().View<Reader>());
        Assert.Equal(typeof(Deposited), catalog.Event("deposited")!.ClrType);
        var feed = Assert.Single(catalog.Views[^1].Feeds);
        Assert.Equal((typeof(DepositedElsewhere), "deposited", false), (feed.ClrType, feed.Name, feed.IsWriter));
    }

    [Fact]
    public void Two_deciders_of_one_category_are_refused() => Refused(cmdr => cmdr.Decider<Lamp>().Decider<Desk>(), "Catalog.Lamp", "Catalog.Desk", "'lamp'");

    [Fact]
    public void A_command_with_two_handlers_is_refused() => Refused(cmdr => cmdr.Decider<Desk>().Decider<Chair>(), "BuyDesk", "BuyChair", "'buy'");

    [Fact]
    public void Two_deciders_of_one_family_are_refused() => Refused(cmdr => cmdr.Decider<Lamp>().Decider<Bulb>(), "Switch", "'switch'");

    [Fact]
    public void Two_writers_of_one_event_are_refused() => Refused(cmdr => cmdr.Decider<Desk>().Decider<Sofa>(), "DeskBought", "SofaBought", "'bought'");

    [Fact]
    public void A_decider_without_commands_is_refused() => Refused(cmdr => cmdr.Decider<Idle>(), "Idle", "no commands");

    [Fact]
    public void A_name_with_a_slash_is_refused() => Refused(cmdr => cmdr.Decider<Slash>(), "Slash", "'a/b'");

    [Fact]
    public void Two_views_of_one_name_are_refused() => Refused(cmdr => cmdr.View<LampView>().View<Other.LampView>(), "Catalog.LampView", "Catalog.Other+LampView");

    [Fact]
    public void A_view_named_as_another_ones_plural_is_refused() => Refused(cmdr => cmdr.View<LampView>().View<LampViews>(), "Catalog.LampView ", "Catalog.LampViews ", "'lampViews'");

    [Fact]
    public void A_view_whose_plural_is_its_name_is_refused() => Refused(cmdr => cmdr.View<Series>(), "Catalog.Series ", "Plural");

    [Fact]
    public void A_view_without_a_key_is_refused() => Refused(cmdr => cmdr.View<Nameless>(), "Nameless", "string Id");

    [Fact]
    public void A_view_that_nothing_feeds_is_refused() => Refused(cmdr => cmdr.View<Unfed>(), "Unfed");

    [Fact]
    public void A_module_that_is_added_twice_is_refused() => Refused(cmdr => cmdr.Module<LampModule>().Module<LampModule>(), "LampModule", "twice");
}
