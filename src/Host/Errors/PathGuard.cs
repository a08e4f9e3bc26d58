using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http.Features;

namespace Hoop.Host.Errors;

/// <summary>
/// Refuses paths that two parsers could read differently: dot segments, also encoded, encoded slashes and backslashes, encoded NUL
/// (CVE-2026-3605, CVE-2026-33494). Looks at the raw request target, before the server has folded anything.
/// </summary>
internal sealed class PathGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var end = target.IndexOf('?', StringComparison.Ordinal);
        return IsAmbiguous(end < 0 ? target : target.AsSpan(0, end))
            ? Surface.Write(context, Error.Malformed("the path holds a dot segment or an encoded separator", "ambiguous_path"))
            : next(context);
    }

    private static bool IsAmbiguous(ReadOnlySpan<char> path)
    {
        if (path.Contains('\\') || Has(path, "%2f") || Has(path, "%5c") || Has(path, "%00"))
        {
            return true;
        }

        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            if (segment is "." or ".." || (Has(segment, "%2e") && segment.ToString().Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or ".."))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Has(ReadOnlySpan<char> path, string escape) => path.Contains(escape, StringComparison.OrdinalIgnoreCase);
}
