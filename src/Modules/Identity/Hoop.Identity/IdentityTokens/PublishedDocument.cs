using System.Globalization;
using System.Reflection;
using Hoop.Identity.TokenKeys;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Hoop.Identity.IdentityTokens;

/// <summary>A document that everybody may read, as it is, with the seconds for which it may be kept.</summary>
internal sealed class PublishedDocument(Error? error, ReadOnlyMemory<byte> json, int? maxAge) : IResult, IEndpointMetadataProvider
{
    public static PublishedDocument Of(Result<Published> result) => result.Succeeded(out var published, out var error)
        ? new PublishedDocument(error: null, published.Json, published.MaxAge)
        : new PublishedDocument(error, default, maxAge: null);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        var isVault = builder is RouteEndpointBuilder { RoutePattern.RawText: { } path }
            && path.StartsWith("/v1/", StringComparison.Ordinal);
        int[] errors = [StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status503ServiceUnavailable];
        foreach (var status in errors)
        {
            var body = isVault ? typeof(VaultErrorBody) : typeof(ErrorBody);
            builder.Metadata.Add(new ProducesResponseTypeMetadata(status, body, ["application/json"]));
        }
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (error is not null)
        {
            await Surface.Write(httpContext, error);
            return;
        }

        var response = httpContext.Response;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        if (maxAge is { } seconds)
        {
            response.Headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"max-age={seconds}");
        }

        await response.Body.WriteAsync(json, httpContext.RequestAborted);
    }
}

/// <param name="MaxAge">In seconds; null leaves what is said of every answer.</param>
internal sealed record Published(ReadOnlyMemory<byte> Json, int? MaxAge)
{
    /// <summary>Nobody keeps keys for longer, whatever their plan is: somebody may rotate them by hand.</summary>
    private const int Longest = 3600;

    public static Published Of(byte[] json, PublishedKeySet keys, DateTimeOffset now) => new(
        json,
        keys.RotatesAt is { } rotates ? (int)Math.Clamp((rotates - now.UtcDateTime).TotalSeconds, 0, Longest) : null);
}

/// <summary>
/// The organization of an open document is the one of its address, whoever asks: caches and clouds send neither tokens nor headers.
/// </summary>
internal static class PublishedRoutes
{
    public static readonly Error NoNamespace = Error.Malformed(
        "X-Vault-Namespace: these documents are found below the issuer of the organization, without a header");

    public static bool NamesNamespace(HttpContext context) =>
        context.Request.Headers["X-Vault-Namespace"].ToString().Trim('/') is { Length: > 0 } name && name != "root";
}
