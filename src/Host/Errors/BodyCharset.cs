using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Hoop.Host.Errors;

/// <summary>
/// Bodies are UTF-8 (RFC 8259 section 8.1, RFC 6749 appendix B). The framework would read one as whatever its Content-Type says, and dies
/// of what it does not know (utf-7). Vault's dialect does not look at the header, as Vault does not.
/// </summary>
internal sealed class BodyCharset(RequestDelegate next)
{
    private static readonly Error NotUtf8 = Error.Malformed(
        "Content-Type: the charset of a body must be utf-8, or be left out", "unsupported_charset");

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.ContentType is not { Length: > 0 } type
            || !type.Contains("charset", StringComparison.OrdinalIgnoreCase)
            || context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true
            || Surface.Of(context) == Surface.Vault)
        {
            return next(context);
        }

        if (!MediaTypeHeaderValue.TryParse(type, out var parsed) || !IsUtf8(parsed))
        {
            return Surface.Write(context, NotUtf8);
        }

        // In quotes it means the same (RFC 9110 section 8.3.1), and the framework's reader of JSON does not know it.
        if (type.Contains('"', StringComparison.Ordinal))
        {
            parsed.Charset = "utf-8";
            request.ContentType = parsed.ToString();
        }

        return next(context);
    }

    private static bool IsUtf8(MediaTypeHeaderValue type) => type.Parameters
        .Where(parameter => parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase))
        .All(parameter => HeaderUtilities.RemoveQuotes(parameter.Value).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
