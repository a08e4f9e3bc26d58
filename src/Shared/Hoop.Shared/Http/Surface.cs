using System.Globalization;
using System.Text.Json.Serialization;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hoop.Shared.Http;

/// <summary>
/// A dialect of the API: which status and which body an error has, and how a caller is asked to sign in. A route group states its own
/// (<see cref="SurfaceExtensions.WithSurface"/>), and whatever answers for a request asks <see cref="Of"/>. One class a dialect.
/// </summary>
public abstract class Surface
{
    /// <summary><c>{"message", "code"}</c>, as hoop's clients read it. The dialect of every group that states none.</summary>
    public static Surface Api { get; } = new ApiSurface();

    /// <summary><c>{"errors": []}</c>, as Vault's clients read it.</summary>
    public static Surface Vault { get; } = new VaultSurface();

    /// <summary><c>{"error", "error_description"}</c>, as OAuth's clients read it: token endpoints.</summary>
    public static Surface OAuth { get; } = new OAuthSurface();

    /// <summary>What <c>WWW-Authenticate</c> says to a caller that is not signed in; null when this dialect does not use it.</summary>
    public abstract string? Challenge { get; }

    /// <summary>The words for a signed-in caller that may not use the route.</summary>
    /// <param name="needed">What the route needs, and what the caller has instead; null when nothing can be said.</param>
    public abstract Error Forbidden(string? needed);

    /// <summary>
    /// The dialect that the matched route states. A request that reaches no route (404, 405, 415, or refused before routing) has nobody to
    /// state one for it, and there is one rule for it: Vault's below <c>/v1</c>, in any case because routing ignores case, else the API's.
    /// </summary>
    public static Surface Of(HttpContext context)
    {
        if (context.GetEndpoint() is RouteEndpoint endpoint)
        {
            return endpoint.Metadata.GetMetadata<Surface>() ?? Api;
        }

        return context.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase) ? Vault : Api;
    }

    /// <summary>Writes <paramref name="error"/> with the status and the body of the request's surface.</summary>
    /// <param name="context">The request.</param>
    /// <param name="error">What went wrong.</param>
    /// <param name="status">Where the status of the error's kind is too coarse: 405, 415, 426, 500.</param>
    public static Task Write(HttpContext context, Error error, int? status = null)
    {
        var surface = Of(context);
        context.Response.StatusCode = status ?? surface.StatusOf(error.Kind);
        if (context.Response.StatusCode is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            var seconds = Math.Max(1, (long)Math.Ceiling(error.RetryAfter.TotalSeconds));
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return surface.WriteBody(context, error);
    }

    public abstract int StatusOf(ErrorKind kind);

    private protected abstract Task WriteBody(HttpContext context, Error error);
}

public static class SurfaceExtensions
{
    /// <summary>States the dialect of these routes.</summary>
    public static TBuilder WithSurface<TBuilder>(this TBuilder routes, Surface surface)
        where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(surface);
}

/// <summary>The error body of <c>/api</c>.</summary>
/// <param name="Message">For a person.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Fields">Messages by member, when there are any.</param>
/// <param name="UsedBy">What names the resource that was not deleted.</param>
/// <param name="Holds">How many things of each kind it holds.</param>
public sealed record ErrorBody(
    string Message,
    string Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Fields,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ErrorSubject>? UsedBy = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, long>? Holds = null);

/// <summary>The error body of <c>/v1</c>.</summary>
public sealed record VaultErrorBody(IReadOnlyList<string> Errors);
