using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http;

namespace Hoop.Shared.Http;

/// <summary>Vault knows fewer statuses, and answers 403 where others answer 401.</summary>
internal sealed class VaultSurface : Surface
{
    private static readonly string[] Mounted = ["/v1/identity", "/v1/sys", "/v1/auth"];

    public override string? Challenge => null;

    // Vault's clients compare the words.
    public override Error Forbidden(string? needed) => Error.Denied("permission denied");

    public override int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Malformed or ErrorKind.Invalid or ErrorKind.Conflict => StatusCodes.Status400BadRequest,
        ErrorKind.Unauthenticated or ErrorKind.Denied => StatusCodes.Status403Forbidden,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Stale => StatusCodes.Status412PreconditionFailed,
        ErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorKind.TooMany => StatusCodes.Status429TooManyRequests,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };

    private protected override Task WriteBody(HttpContext context, Error error) =>
        JsonAnswer.Write(context, new VaultErrorBody(Messages(error, context.Request.Path)));

    // Vault says nothing about what was not found, and "permission denied" to whoever is not signed in.
    private static string[] Messages(Error error, PathString path) => error switch
    {
        { Kind: ErrorKind.NotFound, Code: "not_found" } => [],
        { Kind: ErrorKind.Unauthenticated } => ["permission denied"],
        { Code: "no_route" } => [IsMounted(path) ? VaultTexts.UnsupportedPath : VaultTexts.NoHandler(path)],
        { Code: "method_not_allowed" } => [VaultTexts.UnsupportedOperation],
        _ => [error.Message],
    };

    private static bool IsMounted(PathString path) =>
        Array.Exists(Mounted, mount => path.StartsWithSegments(mount, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Vault's own words, which its clients look for.</summary>
public static class VaultTexts
{
    public const string UnsupportedOperation = "1 error occurred:\n\t* unsupported operation\n\n";

    public const string UnsupportedPath = "1 error occurred:\n\t* unsupported path\n\n";

    private const int LongestShown = 200;

    /// <summary>Of a path that no mount is at.</summary>
    internal static string NoHandler(PathString path)
    {
        var isBelow = path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase, out var below);
        var route = (isBelow ? below : path).Value!.TrimStart('/');
        return $"no handler for route \"{(route.Length > LongestShown ? route[..LongestShown] : route)}\". route entry not found.";
    }
}
