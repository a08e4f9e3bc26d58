using System.Globalization;

namespace Hoop.Client.Wire;

/// <summary>Parts of an address that come from elsewhere.</summary>
internal static class HoopPath
{
    /// <summary>Of lists, where nobody says otherwise.</summary>
    public const int PageSize = 500;

    /// <summary>A name as one segment of a path.</summary>
    /// <exception cref="ArgumentException">It cannot be one, because whatever stands before the gateway would resolve it.</exception>
    public static string Segment(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return name is "." or ".."
            ? throw new ArgumentException($"\"{name}\" cannot stand in an address", nameof(name))
            : Uri.EscapeDataString(name);
    }

    /// <param name="path">Without a query.</param>
    /// <param name="query">What is null is left out.</param>
    public static string With(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var sign = '?';
        foreach (var (name, value) in query)
        {
            if (value is not null)
            {
                path += $"{sign}{name}={Uri.EscapeDataString(value)}";
                sign = '&';
            }
        }

        return path;
    }

    public static string? Text(bool? value) => value switch { null => null, true => "true", _ => "false" };

    public static string? Text(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    public static string? Text(Guid? value) => value?.ToString();

    public static string? Text(DateTimeOffset? value) => value?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
