using System.Globalization;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>The end of an account as a body writes it: RFC 3339 with an offset, or <c>never</c>.</summary>
internal static class Expiry
{
    public const string Never = "never";

    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>UTC; null for never, and for what is no time.</summary>
    public static DateTime? Of(string? text) =>
        text is { Length: > 19 }
            && DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            && (text.EndsWith('Z') || text[^6] is '+' or '-')
            ? time.UtcDateTime
            : null;
}
