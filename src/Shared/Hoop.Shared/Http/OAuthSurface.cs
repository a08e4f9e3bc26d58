using System.Text.Json.Serialization;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http;

namespace Hoop.Shared.Http;

/// <summary>What OAuth's clients read: RFC 6749 section 5.2, with the codes of RFC 8693 section 2.2.2.</summary>
internal sealed class OAuthSurface : Surface
{
    private static readonly string[] Codes =
    [
        "invalid_request", "invalid_grant", "invalid_scope", "invalid_target", "invalid_client", "unauthorized_client",
        "unsupported_grant_type",
    ];

    public override string? Challenge => null;

    public override Error Forbidden(string? needed) => Error.Denied("access denied", "unauthorized_client");

    public override int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorKind.TooMany => StatusCodes.Status429TooManyRequests,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status400BadRequest,
    };

    private protected override Task WriteBody(HttpContext context, Error error)
    {
        var isOAuths = Codes.Contains(error.Code, StringComparer.Ordinal);
        var code = isOAuths ? error.Code
            : error.Kind is ErrorKind.Unavailable or ErrorKind.TooMany ? "temporarily_unavailable"
            : "invalid_request";
        var text = isOAuths ? error.Message : $"{error.Code}: {error.Message}";
        return context.Response.WriteAsJsonAsync(new OAuthErrorBody(code, Described(text)), context.RequestAborted);
    }

    // Printable ASCII without the quotation mark and the backslash is all that the member may hold.
    private static string Described(string text) => string.Create(text.Length, text, (to, from) =>
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = from[i] switch { '"' or '\\' => '\'', >= ' ' and <= '~' => from[i], _ => '?' };
        }
    });
}

/// <summary>The error body of token endpoints.</summary>
/// <param name="ErrorCode">One of OAuth's own.</param>
/// <param name="ErrorDescription">For a person.</param>
public sealed record OAuthErrorBody(
    [property: JsonPropertyName("error")] string ErrorCode, [property: JsonPropertyName("error_description")] string ErrorDescription);
