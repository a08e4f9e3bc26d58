using System.Diagnostics.CodeAnalysis;

namespace Hoop.Spiffe;

/// <summary>
/// A SPIFFE ID, SPIFFE-ID section 2: <c>spiffe://trust-domain</c> and an optional path, at most 2048 bytes. Only <c>TryParse</c> makes one.
/// Nothing is normalised and <see cref="Uri"/> is never involved (it folds case and dot segments and decodes escapes), so two
/// identities are equal exactly when their bytes are.
/// </summary>
internal sealed record SpiffeId
{
    public const string Scheme = "spiffe://";

    public const int MaxLength = 2048;

    private SpiffeId(string text, TrustDomain trustDomain)
    {
        Text = text;
        TrustDomain = trustDomain;
    }

    /// <summary>The whole identity, as it was given. ASCII, so its length in characters is its length in bytes.</summary>
    public string Text { get; }

    public TrustDomain TrustDomain { get; }

    /// <summary>Empty, or it starts with a slash and does not end with one.</summary>
    public ReadOnlySpan<char> Path => Text.AsSpan(Scheme.Length + TrustDomain.Name.Length);

    public static bool TryParse(string? text, [NotNullWhen(true)] out SpiffeId? id, [NotNullWhen(false)] out string? reason)
    {
        reason = Problem(text, out var trustDomain);
        id = reason is null ? new SpiffeId(text!, trustDomain!) : null;
        return reason is null;
    }

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out SpiffeId? id, [NotNullWhen(false)] out string? reason)
    {
        reason = Problem(text, out var trustDomain);
        id = reason is null ? new SpiffeId(text.ToString(), trustDomain!) : null;
        return reason is null;
    }

    /// <summary>
    /// The first <paramref name="length"/> bytes, when a <see cref="SpiffePrefix"/> of that length could match this identity; otherwise
    /// null. A prefix holds the scheme, the trust domain and the slash after it at least, and the whole identity at most.
    /// </summary>
    public string? PrefixOf(int length) =>
        length > Scheme.Length + TrustDomain.Name.Length && length <= Text.Length ? Text[..length] : null;

    /// <summary>The candidate prefixes for the given lengths, longest first, each once. Lengths that cannot match are left out.</summary>
    public string[] PrefixesOf(IEnumerable<int> lengths) =>
        [.. lengths.Distinct().OrderDescending().Select(PrefixOf).OfType<string>()];

    public override string ToString() => Text;

    /// <summary>Why these characters may not stand in a path, or null. SPIFFE-ID section 2.2.</summary>
    /// <param name="path">Empty, or beginning with a slash.</param>
    /// <param name="open">The last segment may go on (a prefix), so it may be empty or any number of dots.</param>
    public static string? PathProblem(ReadOnlySpan<char> path, bool open)
    {
        while (!path.IsEmpty)
        {
            path = path[1..];
            var slash = path.IndexOf('/');
            var segment = slash < 0 ? path : path[..slash];
            if (SegmentProblem(segment, open && slash < 0) is { } problem)
            {
                return problem;
            }

            path = slash < 0 ? default : path[slash..];
        }

        return null;
    }

    private static string? SegmentProblem(ReadOnlySpan<char> segment, bool open)
    {
        foreach (var character in segment)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-'))
            {
                return $"the path holds {TrustDomain.Describe(character)}; only A-Z, a-z, 0-9, '.', '_' and '-' are allowed between slashes";
            }
        }

        return segment switch
        {
            _ when open => null,
            "" => "the path has an empty segment or a trailing slash",
            "." or ".." => "the path has a dot segment",
            _ => null,
        };
    }

    private static string? Problem(ReadOnlySpan<char> text, out TrustDomain? trustDomain)
    {
        trustDomain = null;
        if (text.Length > MaxLength)
        {
            return "longer than 2048 bytes";
        }

        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return "must start with spiffe://";
        }

        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf('/');
        return TrustDomain.TryParse(slash < 0 ? rest : rest[..slash], out trustDomain, out var reason)
            ? PathProblem(slash < 0 ? default : rest[slash..], open: false)
            : reason;
    }
}
