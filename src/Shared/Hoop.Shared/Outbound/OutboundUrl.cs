using System.Net;
using Hoop.Shared.Results;

namespace Hoop.Shared.Outbound;

/// <summary>
/// The rules for URLs that administrators and operators write down, checked when they are written and again when they are used.
/// </summary>
public static class OutboundUrl
{
    private const int MaxLength = 2048;

    /// <summary>
    /// Reads a URL strictly: nothing that two parsers could read differently (blanks, control characters, backslashes, user info).
    /// </summary>
    public static Result<Uri> Parse(string text, OutboundOptions options)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > MaxLength)
        {
            return OutboundErrors.Url($"must have 1 to {MaxLength} characters");
        }

        if (text.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0 || text.Contains('\\', StringComparison.Ordinal))
        {
            return OutboundErrors.Url(
                "must be plain ASCII without blanks or backslashes; write other characters as %XX, a host name as punycode");
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)
            || !text.AsSpan(url.Scheme.Length).StartsWith("://", StringComparison.Ordinal))
        {
            return OutboundErrors.Url("must be absolute, such as https://example.org/path");
        }

        var authority = text[(url.Scheme.Length + 3)..].Split('/', '?', '#')[0];
        if (authority.Contains('@', StringComparison.Ordinal))
        {
            return OutboundErrors.Url("must not contain user info");
        }

        if (text.Contains('#', StringComparison.Ordinal))
        {
            return OutboundErrors.Url("must not contain a fragment");
        }

        return Check(url, options) is { } refused ? refused : url;
    }

    /// <summary>The rules that need no name resolution; null when the URL is fine so far.</summary>
    public static Error? Check(Uri url, OutboundOptions options)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(options);
        if (!url.IsAbsoluteUri)
        {
            return OutboundErrors.Url("must be absolute, such as https://example.org/path");
        }

        if (url.UserInfo.Length > 0)
        {
            return OutboundErrors.Url("must not contain user info");
        }

        var literal = Literal(url);
        // System.Uri has lowered the scheme, so HTTP: and http: meet the same rule (CVE-2026-40280).
        switch (url.Scheme)
        {
            case "https":
                break;
            case "http" when options.AllowLoopback
                && (literal is null ? url.IdnHost == "localhost" : AddressRules.Kind(literal) == AddressKind.Loopback):
                break;
            case "http" when options.AllowLoopback:
                return OutboundErrors.Url("must begin with https://; plain http is allowed to loopback only");
            default:
                return OutboundErrors.Url("must begin with https://");
        }

        if (url.IdnHost.Length == 0)
        {
            return OutboundErrors.Url("must name a host");
        }

        return literal is not null && !options.Permits(AddressRules.Kind(literal)) ? OutboundErrors.Address(url) : null;
    }

    private static IPAddress? Literal(Uri url) =>
        url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6 && IPAddress.TryParse(url.DnsSafeHost, out var address)
            ? address
            : null;
}
