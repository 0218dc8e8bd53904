using Cmdr.Tests.Catalog;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Cmdr.Tests.Hosting;

public sealed class CmdrSettingsTests
{
    private static (CmdrSettings Settings, List<string> Registered) Build(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings.Select(x => new KeyValuePair<string, string?>(x.Key, x.Value)));
        var registered = new List<string>();
        builder.AddCmdr(cmdr => cmdr
            .AddLog("one", _ => registered.Add("one")).AddLog("two", _ => registered.Add("two"))
            .AddRole("handling", () => registered.Add("handling")).AddRole("projections", () => registered.Add("projections"))
            .Module<LampModule>().Finally(() => registered.Add("finally")));
        using var host = builder.Build();
        return (host.Services.GetRequiredService<CmdrSettings>(), registered);
    }

    private static void Refused(string key, string value, params string[] named)
    {
        var message = Assert.Throws<SettingException>(() => Build((key, value))).Message;
        Assert.All(named.Append(key), name => Assert.Contains(name, message, StringComparison.Ordinal));
    }

    [Fact]
    public void With_nothing_set_the_first_log_and_all_roles_join_in_order()
    {
        var (settings, registered) = Build();
        Assert.Equal(["one", "handling", "projections", "finally"], registered);
        Assert.Equal((16, false), (settings.Partitions, settings.AllowAnonymous));
        Assert.Equal(["handling", "projections"], settings.Roles);
        Assert.NotEmpty(settings.Data);
    }

    [Fact]
    public void A_log_is_picked_by_name() => Assert.Equal("two", Build(("Cmdr:Log", "two")).Registered[0]);

    [Theory]
    [InlineData("none", "")]
    [InlineData("projections", "projections")]
    [InlineData(" projections , handling, handling", "projections,handling")]
    public void Roles_are_picked_by_name(string roles, string picked) => Assert.Equal(picked, string.Join(',', Build(("Cmdr:Roles", roles)).Settings.Roles));

    [Fact]
    public void Numbers_and_flags_are_read()
    {
        var settings = Build(("Cmdr:Partitions", "4"), ("Cmdr:AllowAnonymous", "true"), ("Cmdr:Data", "/somewhere")).Settings;
        Assert.Equal((4, true, "/somewhere"), (settings.Partitions, settings.AllowAnonymous, settings.Data));
    }

    [Theory]
    [InlineData("Cmdr:Log", "three", "one or two")]
    [InlineData("Cmdr:Roles", "cooking", "handling,projections", "none")]
    [InlineData("Cmdr:Roles", "none,handling", "none")]
    [InlineData("Cmdr:Partitions", "0", "1 to 1024")]
    [InlineData("Cmdr:Partitions", "1025", "1 to 1024")]
    [InlineData("Cmdr:Partitions", "many", "1 to 1024")]
    [InlineData("Cmdr:AllowAnonymous", "yes", "true or false")]
    [InlineData("Cmdr:Partitoins", "4", "Partitions")]
    public void A_wrong_setting_stops_the_start_and_says_what_to_set(string key, string value, params string[] named) => Refused(key, value, named);
}
