using System.Globalization;

namespace Hoop.Federation.Providers;

/// <summary>How the ends of credentials are written.</summary>
internal static class Rfc3339
{
    /// <summary>In UTC, to the second, with <c>Z</c>: the one form that every cloud's tools read (F12).</summary>
    public static string Of(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
