using System.Text.Json.Serialization;
using Hoop.ServiceAccounts.Issuers;
using Microsoft.AspNetCore.Http;

namespace Hoop.ServiceAccounts.People;

/// <summary>
/// GET /api/publicserverinfo. How to sign in, told to everybody: what a browser's address bar would show anyway, and nothing else.
/// </summary>
internal static class GetPublicServerInfo
{
    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/publicserverinfo", (IssuerOptions issuer, SignInOptions options) => Results.Ok(Of(issuer, options)))
        .AllowAnonymous()
        .Produces<Response>()
        .WithName(nameof(GetPublicServerInfo));

    /// <param name="Oidc">Left out while people cannot sign in.</param>
    internal sealed record Response(
        string AuthMethod, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Oidc? Oidc);

    /// <param name="Issuer">Its discovery document leads to everything else.</param>
    /// <param name="ClientId">Of the public client that people sign in with.</param>
    /// <param name="Parameters">Sent along to the issuer's page of authorization.</param>
    /// <param name="SignIn"><c>open</c> or <c>invited</c>.</param>
    internal sealed record Oidc(
        string Issuer, string ClientId, IReadOnlyList<string> Scopes, IReadOnlyDictionary<string, string> Parameters, string SignIn);

    private static Response Of(IssuerOptions issuer, SignInOptions options) => new(
        "oidc",
        issuer is { Enabled: true, ClientId: { } client }
            ? new Oidc(issuer.Issuer, client, options.Scopes, options.Parameters, options.OnlyInvited ? "invited" : "open")
            : null);
}
