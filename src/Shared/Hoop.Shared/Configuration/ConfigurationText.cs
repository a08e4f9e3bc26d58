using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Hoop.Shared.Configuration;

/// <summary>Reads <c>HOOP_*</c> values strictly. An empty value counts as absent.</summary>
public static class ConfigurationText
{
    /// <summary>
    /// The settings that hold secrets. Each may stand in a file instead, which its name with <c>_FILE</c> names: for mounted
    /// secrets.
    /// </summary>
    public static readonly IReadOnlyList<string> Secrets =
        ["HOOP_ADMIN_TOKEN", "HOOP_DATABASE_LISTEN_URL", "HOOP_DATABASE_URL", "HOOP_ENCRYPTION_KEY"];

    /// <summary>
    /// The value without blanks around it, and without the quotes that <c>docker --env-file</c> and systemd leave in place
    /// differently.
    /// </summary>
    public static string? Text(this IConfiguration configuration, string variable) =>
        configuration[variable] is { } value && !string.IsNullOrWhiteSpace(value) ? Unquoted(value.Trim()) : null;

    /// <summary>One of <see cref="Secrets"/>: its value, or the content of the file that <c>…_FILE</c> names.</summary>
    /// <exception cref="ConfigurationException">Both are set, or the file cannot be read or is empty.</exception>
    public static string? Secret(this IConfiguration configuration, string variable)
    {
        if (!Secrets.Contains(variable, StringComparer.Ordinal))
        {
            throw new ArgumentOutOfRangeException(nameof(variable), variable, "is not in the list of secrets");
        }

        var named = variable + "_FILE";
        if (configuration.Text(named) is not { } file)
        {
            return configuration.Text(variable);
        }

        if (configuration.Text(variable) is not null)
        {
            throw new ConfigurationException(named, $"is set beside {variable}; set one of them");
        }

        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } value
                ? value
                : throw new ConfigurationException(named, $"{file} is empty");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw new ConfigurationException(named, $"{file} cannot be read: {exception.Message}");
        }
    }

    private static string Unquoted(string value) =>
        value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1].Trim() : value;

    /// <summary>The folder of keys, the admin token and the private PostgreSQL; it may not exist yet.</summary>
    public static string DataDirectory(this IConfiguration configuration) =>
        Path.GetFullPath(configuration.Text("HOOP_DATA_DIR") ?? "./.hoop");

    /// <summary>A comma list; blanks around items and empty items are dropped.</summary>
    public static string[] TextList(this IConfiguration configuration, string variable) =>
        configuration.Text(variable)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <exception cref="ConfigurationException">The value is not <c>true</c>, <c>false</c>, <c>1</c>, <c>0</c>, <c>on</c> or
    /// <c>off</c>.</exception>
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
            : throw new ConfigurationException(
                variable, $"must be a duration such as 30s, 5m or 1h30m, from {GoDuration.Format(least)} to {GoDuration.Format(most)}");
    }
}
