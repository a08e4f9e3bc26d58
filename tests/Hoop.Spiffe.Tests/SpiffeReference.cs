using System.Text;
using System.Text.RegularExpressions;

namespace Hoop.Spiffe.Tests;

/// <summary>
/// What SPIFFE-ID sections 2.1 to 2.3 allow, written a second time as regular expressions and UTF-8 byte counts, so that
/// the parsers have something to be compared with that shares no code with them.
/// </summary>
internal static partial class SpiffeReference
{
    public static bool IsTrustDomain(string text) => Fits(text, 255) && TrustDomainPattern().IsMatch(text);

    public static bool IsId(string text) => Fits(text, 2048) && IdPattern().IsMatch(text);

    public static bool IsPrefix(string text) => Fits(text, 2048) && PrefixPattern().IsMatch(text);

    private static bool Fits(string text, int bytes) => Encoding.UTF8.GetByteCount(text) <= bytes;

    [GeneratedRegex(@"\A[abcdefghijklmnopqrstuvwxyz0123456789._\-]{1,255}\z", RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex TrustDomainPattern();

    [GeneratedRegex(@"\Aspiffe://[a-z0-9._\-]{1,255}(?:/(?!\.{1,2}(?:/|\z))[a-zA-Z0-9._\-]+)*\z", RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"\Aspiffe://[a-z0-9._\-]{1,255}/(?:(?!\.{1,2}/)[a-zA-Z0-9._\-]+/)*[a-zA-Z0-9._\-]*\z", RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex PrefixPattern();
}
