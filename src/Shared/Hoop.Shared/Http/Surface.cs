using System.Text.Json.Serialization;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http;

namespace Hoop.Shared.Http;

/// <summary>The two dialects: <c>/v1</c> answers errors as Vault does, everything else as hoop does.</summary>
public static class Surface
{
    public static bool IsVault(HttpContext context) => context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal);

    /// <summary>Writes <paramref name="error"/> with the status and the body of the request's surface.</summary>
    public static Task Write(HttpContext context, Error error)
    {
        var vault = IsVault(context);
        context.Response.StatusCode = StatusOf(error.Kind, vault);
        if (error.Kind == ErrorKind.Unavailable)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return vault
            ? context.Response.WriteAsJsonAsync(new VaultErrorBody(VaultMessages(error)), context.RequestAborted)
            : context.Response.WriteAsJsonAsync(new ErrorBody(error.Message, error.Code, error.Fields), context.RequestAborted);
    }

    public static int StatusOf(ErrorKind kind, bool vault) => kind switch
    {
        ErrorKind.Malformed => StatusCodes.Status400BadRequest,
        ErrorKind.Invalid => vault ? StatusCodes.Status400BadRequest : StatusCodes.Status422UnprocessableEntity,
        ErrorKind.Unauthenticated => vault ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized,
        ErrorKind.Denied => StatusCodes.Status403Forbidden,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict => vault ? StatusCodes.Status400BadRequest : StatusCodes.Status409Conflict,
        ErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };

    // Vault says nothing about what was not found, and "permission denied" to whoever is not signed in.
    private static string[] VaultMessages(Error error) => error.Kind switch
    {
        ErrorKind.NotFound when error.Code == "not_found" => [],
        ErrorKind.Unauthenticated => ["permission denied"],
        _ => [error.Message],
    };
}

/// <summary>The error body of <c>/api</c>.</summary>
/// <param name="Message">For a person.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Fields">Messages by member, when there are any.</param>
public sealed record ErrorBody(
    string Message,
    string Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Fields);

/// <summary>The error body of <c>/v1</c>.</summary>
public sealed record VaultErrorBody(IReadOnlyList<string> Errors);
