using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Hoop.Identity;

/// <summary>
/// Times as RFC 3339 section 5.6 writes them: date, <c>T</c>, time, at most seven fractional digits, and always an offset.
/// </summary>
internal static class Rfc3339
{
    private static readonly string[] Forms =
        ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    public static bool TryParse([NotNullWhen(true)] string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
}
