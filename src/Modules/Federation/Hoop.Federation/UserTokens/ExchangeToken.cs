using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Connections;
using Hoop.Federation.Minting;
using Microsoft.AspNetCore.Http;

namespace Hoop.Federation.UserTokens;

/// <summary>
/// POST /api/federation/token. The gateway's token endpoint for Google's client libraries (RFC 8693): a subject token of a connection for
/// the caller's own Google access token, by the same decision and with the same audit rows as IssueToken.
/// </summary>
internal static class ExchangeToken
{
    public const string Path = "/api/federation/token";

    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";

    public static void Map(RouteGroupBuilder federation) => federation
        .MapPost("/token", async (
            HttpContext context, ISender sender, CurrentCaller current, TimeProvider clock, CancellationToken cancellationToken) =>
        {
            if (!(await ExchangeForm.Read(context.Request, cancellationToken)).Succeeded(out var form, out var error)
                || !(await sender.Send(new ProveSubject.Request(form.OrgId, form.ConnectionId, form.SubjectToken), cancellationToken))
                    .Succeeded(out var caller, out error))
            {
                return new Answer<Response>(error, StatusCodes.Status200OK);
            }

            // From here on it is the caller's own request.
            current.ActAs(caller);
            return (await sender.Send(new IssueToken.Request(form.ConnectionId.ToString()), cancellationToken)).Succeeded(
                out var given, out error)
                ? Of(given.Response, clock.GetUtcNow()).ToOk()
                : new Answer<Response>(Told(error), StatusCodes.Status200OK);
        })
        .AllowAnonymous()
        .WithName(nameof(ExchangeToken));

    /// <param name="ExpiresIn">Seconds.</param>
    /// <param name="Scope">Whatever was asked for.</param>
    internal sealed record Response(string AccessToken, string IssuedTokenType, string TokenType, long ExpiresIn, string Scope)
    {
        /// <summary>The token is not printed.</summary>
        public override string ToString() => $"{nameof(Response)} {{ ExpiresIn = {ExpiresIn} }}";
    }

    private static Result<Response> Of(IssueToken.Response issued, DateTimeOffset now) =>
        issued.Variables.TryGetValue("HOOP_GCP_ACCESS_TOKEN", out var token)
            && DateTimeOffset.TryParse(issued.ExpiresAt, System.Globalization.CultureInfo.InvariantCulture, out var expires)
            ? new Response(
                token, AccessToken, "Bearer", Math.Max(0, (long)(expires - now).TotalSeconds), IamCredentials.CloudPlatformScope)
            : Error.Invalid($"the provider of this connection is {issued.Provider} now: no token of Google's", "invalid_target");

    /// <summary>What is no target any more is one code of RFC 8693; what a policy refuses keeps its own in the description.</summary>
    private static Error Told(Error error) =>
        error.Code == ConnectionErrors.ConnectionNotFound.Code || error.Code == PolicyErrors.NotFound.Code
            ? Error.Invalid(error.Message, "invalid_target")
            : error;
}
