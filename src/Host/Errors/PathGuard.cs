using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Hoop.Host.Errors;

/// <summary>
/// Refuses paths that two parsers could read differently: dot segments, also encoded, raw backslashes, encoded NUL (CVE-2026-3605,
/// CVE-2026-33494). Looks at the raw request target, before the server has folded anything; in the query at NUL alone, which no text of
/// the database can hold.
/// <para>
/// One rule for an encoded slash or backslash: it may stand in the last part of an address whose route ends with a name that may hold
/// slashes (<c>{**subject}</c>), and means that character there; <c>a%2Fb</c> and <c>a/b</c> are one name. Anywhere else it is refused.
/// </para>
/// </summary>
internal sealed class PathGuard(RequestDelegate next)
{
    private static readonly Error Ambiguous = Error.Malformed("the path holds a dot segment or an encoded separator", "ambiguous_path");

    private static readonly Error Nul = Error.Malformed("the query holds NUL (%00), which no text here can hold", "nul_in_query");

    /// <summary>Runs after routing, which decides nothing: the route says what its last part may hold.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var path = RawPath(target);
        if (path.Contains('\\') || Has(path, "%00") || HasDotSegment(path))
        {
            return Surface.Write(context, Ambiguous);
        }

        if (context.Request.QueryString.HasValue && Has(target, "%00"))
        {
            return Surface.Write(context, Nul);
        }

        return !HasSeparator(path) || TryTakeName(context, path) ? next(context) : Surface.Write(context, Ambiguous);
    }

    // The framework decodes "%2F" nowhere and "%25" everywhere, so that only the raw target tells "a%2Fb" from "a%252Fb".
    private static bool TryTakeName(HttpContext context, ReadOnlySpan<char> path)
    {
        if (context.GetEndpoint() is not RouteEndpoint { RoutePattern: var pattern }
            || pattern.PathSegments is not [.., { Parts: [RoutePatternParameterPart { IsCatchAll: true } name] }])
        {
            return false;
        }

        var rest = path.TrimStart('/');
        for (var i = 1; i < pattern.PathSegments.Count; i++)
        {
            var end = rest.IndexOf('/');
            if (end < 0 || HasSeparator(rest[..end]))
            {
                return false;
            }

            rest = rest[(end + 1)..];
        }

        var value = Uri.UnescapeDataString(rest);

        // A proxy that decodes before it folds would lead elsewhere.
        if (HasDotSegment(value.Replace('\\', '/')))
        {
            return false;
        }

        context.Request.RouteValues[name.Name] = value;
        return true;
    }

    private static ReadOnlySpan<char> RawPath(string target)
    {
        var path = target.AsSpan();
        if (path.IndexOf('?') is >= 0 and var query)
        {
            path = path[..query];
        }

        // The absolute form, as proxies get it (RFC 9112 section 3.2.2).
        if (!path.StartsWith('/') && path.IndexOf("://") is >= 0 and var scheme)
        {
            var authority = path[(scheme + 3)..];
            path = authority.IndexOf('/') is >= 0 and var start ? authority[start..] : "/";
        }

        return path;
    }

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            if (segment is "." or ".."
                || (Has(segment, "%2e") && segment.ToString().Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or ".."))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasSeparator(ReadOnlySpan<char> path) => Has(path, "%2f") || Has(path, "%5c");

    private static bool Has(ReadOnlySpan<char> path, string escape) => path.Contains(escape, StringComparison.OrdinalIgnoreCase);
}
