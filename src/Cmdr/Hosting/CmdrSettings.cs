using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Cmdr;

/// <summary>The settings under <c>Cmdr</c>: bound once, checked when the host is built.</summary>
public sealed class CmdrSettings
{
    private const string None = "none";

    private readonly IConfigurationSection section;
    private readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);
    private readonly string? roles;

    internal CmdrSettings(IConfiguration configuration)
    {
        section = configuration.GetSection("Cmdr");
        Log = Read("Log");
        Data = Read("Data") ?? DefaultData();
        Partitions = Number("Partitions", 16, 1, 1024);
        AllowAnonymous = Flag("AllowAnonymous");
        roles = Read("Roles");
    }

    /// <summary><c>Cmdr:Log</c>: the name of the log; null: the first that the host offers.</summary>
    public string? Log { get; }

    /// <summary><c>Cmdr:Data</c>: the folder of what this host keeps itself, such as its own PostgreSQL server.</summary>
    public string Data { get; }

    /// <summary><c>Cmdr:Partitions</c>: the partition count of a log that is created now, 1 to 1024.</summary>
    public int Partitions { get; }

    /// <summary><c>Cmdr:AllowAnonymous</c>: whether a host may serve off loopback without authentication.</summary>
    public bool AllowAnonymous { get; }

    /// <summary>The roles that this host runs; known once the host is built.</summary>
    public IReadOnlyList<string> Roles { get; private set; } = [];

    /// <summary>Reads a setting under <c>Cmdr</c> and declares its key known; null when absent or empty.</summary>
    public string? Read(string key)
    {
        known.Add(key);
        return section[key] is { Length: > 0 } value ? value : null;
    }

    /// <summary>Reads a whole number; refuses one out of bounds.</summary>
    public int Number(string key, int otherwise, int minimum, int maximum)
    {
        if (Read(key) is not { } text) return otherwise;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum
            ? value
            : throw new SettingException($"Cmdr:{key} is '{text}'; set it to a whole number from {minimum} to {maximum}.");
    }

    /// <summary>Declares a whole section under <c>Cmdr</c> known, and gives it.</summary>
    public IConfigurationSection Section(string key)
    {
        known.Add(key);
        return section.GetSection(key);
    }

    internal static T Pick<T>(string key, string value, IReadOnlyDictionary<string, T> offered) => offered.TryGetValue(value, out var picked)
        ? picked
        : throw new SettingException($"Cmdr:{key} is '{value}', which this host does not offer; set it to {string.Join(" or ", offered.Keys)}.");

    internal IReadOnlyList<string> RolesAmong(IEnumerable<string> offered)
    {
        string[] names = [.. offered];
        var wanted = roles is null ? names : roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (wanted is [None]) return Roles = [];
        foreach (var unknown in wanted.Except(names))
        {
            throw new SettingException($"Cmdr:Roles names '{unknown}', which this host does not offer; set it to {string.Join(",", names)}, some of them, or {None}.");
        }

        return Roles = [.. wanted.Distinct()];
    }

    internal void RefuseUnknownKeys()
    {
        foreach (var child in section.GetChildren().Where(child => !known.Contains(child.Key)))
        {
            throw new SettingException($"Cmdr:{child.Key} is not a setting; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}. Remove it or correct its name.");
        }
    }

    private bool Flag(string key) => Read(key) switch
    {
        null => false,
        var text when bool.TryParse(text, out var value) => value,
        var text => throw new SettingException($"Cmdr:{key} is '{text}'; set it to true or false."),
    };

    private static string DefaultData() => Environment.UserName == "root" && !OperatingSystem.IsWindows()
        ? "/var/lib/cmdr"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "cmdr");
}

/// <summary>A setting that stops the start; the message says what to set and where.</summary>
/// <param name="message">What is wrong, and what to set.</param>
public sealed class SettingException(string message) : StartException(message);
