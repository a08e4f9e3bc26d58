using System.Buffers;

namespace Hoop.Federation.Principals;

/// <summary>
/// A plain address: exactly one <c>@</c>, both parts from a fixed set of characters. Deliberately narrower than RFC 5321, whose quoted
/// parts and comments let two readers split one address differently (CVE-2026-40574, CVE-2024-27918).
/// </summary>
internal readonly record struct EmailAddress
{
    private const int MaxLength = 254;
    private const int MaxLocalLength = 64;

    private static readonly SearchValues<char> LocalCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`|~-");
    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    private EmailAddress(string local, string domain) => (Local, Domain) = (local, domain);

    /// <summary>Before the <c>@</c>, as written: case is part of it.</summary>
    public string Local { get; }

    /// <summary>After the <c>@</c>, in lower case: domains are compared without case (RFC 1035 section 2.3.3).</summary>
    public string Domain { get; }

    public static bool TryParse(string text, out EmailAddress address)
    {
        address = default;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (text.Length > MaxLength
            || at is < 1 or > MaxLocalLength
            || text.AsSpan(0, at).ContainsAnyExcept(LocalCharacters)
            || !IsDomain(text[(at + 1)..]))
        {
            return false;
        }

        address = new EmailAddress(text[..at], text[(at + 1)..].ToLowerInvariant());
        return true;
    }

    /// <summary>Labels of letters, digits and inner dashes, joined by dots (RFC 1123 section 2.1).</summary>
    public static bool IsDomain(string text) =>
        text.Length is > 0 and <= 253 && Array.TrueForAll(text.Split('.'), label =>
            label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && !label.AsSpan().ContainsAnyExcept(LabelCharacters));
}
