using System.Diagnostics.CodeAnalysis;

namespace Hoop.Spiffe;

/// <summary>
/// The beginning of SPIFFE IDs: <c>spiffe://trust-domain/</c> and any legal continuation, matched byte for byte as "begins with".
/// It may end with a slash or inside a segment; the latter also matches siblings (<c>…/agent</c> matches <c>…/agent-evil</c>), see
/// <see cref="EndsAtBoundary"/>.
/// </summary>
internal sealed record SpiffePrefix
{
    private SpiffePrefix(string text, TrustDomain trustDomain)
    {
        Text = text;
        TrustDomain = trustDomain;
    }

    public string Text { get; }

    public TrustDomain TrustDomain { get; }

    /// <summary>It ends with a slash, so it matches whole segments only.</summary>
    public bool EndsAtBoundary => Text.EndsWith('/');

    public static bool TryParse(string? text, [NotNullWhen(true)] out SpiffePrefix? prefix, [NotNullWhen(false)] out string? reason)
    {
        reason = Problem(text, out var trustDomain);
        prefix = reason is null ? new SpiffePrefix(text!, trustDomain!) : null;
        return reason is null;
    }

    public bool Matches(SpiffeId id) => id.Text.StartsWith(Text, StringComparison.Ordinal);

    /// <summary>What follows the prefix in a matching identity; empty when nothing does.</summary>
    public string WorkloadIdentifier(SpiffeId id) =>
        Matches(id) ? id.Text[Text.Length..] : throw new ArgumentException("The identity does not begin with this prefix.", nameof(id));

    public override string ToString() => Text;

    private static string? Problem(ReadOnlySpan<char> text, out TrustDomain? trustDomain)
    {
        trustDomain = null;
        if (text.Length > SpiffeId.MaxLength)
        {
            return "longer than 2048 bytes";
        }

        if (!text.StartsWith(SpiffeId.Scheme, StringComparison.Ordinal))
        {
            return "must start with spiffe://";
        }

        var rest = text[SpiffeId.Scheme.Length..];
        var slash = rest.IndexOf('/');
        if (!TrustDomain.TryParse(slash < 0 ? rest : rest[..slash], out trustDomain, out var reason))
        {
            return reason;
        }

        return slash < 0 ? "must have a slash after the trust domain" : SpiffeId.PathProblem(rest[slash..], open: true);
    }
}
