using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Hoop.Spiffe;

/// <summary>
/// The name of a trust domain, SPIFFE-ID section 2.1: 1 to 255 bytes of <c>a-z 0-9 . _ -</c>. Only <see cref="TryParse"/> makes one, and
/// nothing is normalised: upper case, ports, user info, percent escapes and Unicode are refused. Names that look like addresses
/// or that DNS would refuse are names like any other.
/// </summary>
internal sealed record TrustDomain
{
    public const int MaxLength = 255;

    private static readonly SearchValues<char> Legal = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

    private TrustDomain(string name) => Name = name;

    public string Name { get; }

    public static bool TryParse(
        ReadOnlySpan<char> text, [NotNullWhen(true)] out TrustDomain? trustDomain, [NotNullWhen(false)] out string? reason)
    {
        reason = Problem(text);
        trustDomain = reason is null ? new TrustDomain(text.ToString()) : null;
        return reason is null;
    }

    public override string ToString() => Name;

    /// <summary>For messages: U+ and the number, because the character itself may be invisible or control a terminal.</summary>
    public static string Describe(char character) => "U+" + ((int)character).ToString("X4", CultureInfo.InvariantCulture);

    private static string? Problem(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return "the trust domain is empty";
        }

        if (text.Length > MaxLength)
        {
            return "the trust domain is longer than 255 bytes";
        }

        var illegal = text.IndexOfAnyExcept(Legal);
        return illegal < 0 ? null : $"the trust domain holds {Describe(text[illegal])}; only a-z, 0-9, '.', '_' and '-' are allowed";
    }
}
