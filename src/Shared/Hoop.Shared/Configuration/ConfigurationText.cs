using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Hoop.Shared.Configuration;

/// <summary>Reads <c>HOOP_*</c> values strictly. An empty value counts as absent.</summary>
public static class ConfigurationText
{
    public static string? Text(this IConfiguration configuration, string variable) =>
        configuration[variable] is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    /// <summary>The folder of keys, the admin token and the private PostgreSQL; it may not exist yet.</summary>
    public static string DataDirectory(this IConfiguration configuration) => Path.GetFullPath(configuration.Text("HOOP_DATA_DIR") ?? "./.hoop");

    /// <summary>A comma list; blanks around items and empty items are dropped.</summary>
    public static string[] TextList(this IConfiguration configuration, string variable) =>
        configuration.Text(variable)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <exception cref="ConfigurationException">The value is not <c>true</c>, <c>false</c>, <c>1</c>, <c>0</c>, <c>on</c> or <c>off</c>.</exception>
    public static bool Flag(this IConfiguration configuration, string variable, bool fallback = false) =>
        configuration.Text(variable)?.ToLowerInvariant() switch
        {
            null => fallback,
            "true" or "1" or "on" => true,
            "false" or "0" or "off" => false,
            _ => throw new ConfigurationException(variable, "must be true or false (or 1, 0, on, off)"),
        };

    /// <exception cref="ConfigurationException">Not a whole number inside the limits.</exception>
    public static int Number(this IConfiguration configuration, string variable, int fallback, int least, int most)
    {
        if (configuration.Text(variable) is not { } text)
        {
            return fallback;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new ConfigurationException(variable, $"must be a whole number from {least} to {most}");
    }

    /// <summary>A Go duration: <c>30s</c>, <c>5m</c>, <c>1h30m</c>, <c>500ms</c>.</summary>
    /// <exception cref="ConfigurationException">Not a duration, or outside the limits.</exception>
    public static TimeSpan Duration(this IConfiguration configuration, string variable, TimeSpan fallback, TimeSpan least, TimeSpan most)
    {
        if (configuration.Text(variable) is not { } text)
        {
            return fallback;
        }

        return GoDuration.TryParse(text, out var duration) && duration >= least && duration <= most
            ? duration
            : throw new ConfigurationException(variable, $"must be a duration such as 30s, 5m or 1h30m, from {GoDuration.Format(least)} to {GoDuration.Format(most)}");
    }
}
