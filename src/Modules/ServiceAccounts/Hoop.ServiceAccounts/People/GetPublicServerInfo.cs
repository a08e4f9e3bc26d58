using System.Text.Json.Serialization;
using Hoop.Identity.Contracts;
using Hoop.ServiceAccounts.Issuers;
using Hoop.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.ServiceAccounts.People;

/// <summary>
/// GET /api/publicserverinfo, ?org=. How the people of an organization sign in, told to everybody: what a browser's address bar would show
/// anyway, and nothing else. An organization that is not there looks like one without people.
/// </summary>
internal static class GetPublicServerInfo
{
    public static void Map(RouteGroupBuilder api) => api
        .MapGet(
            "/publicserverinfo",
            async ([FromQuery(Name = "org")] string? organization, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(new Request(organization), cancellationToken)).ToOk())
        .AllowAnonymous()
        .WithName(nameof(GetPublicServerInfo));

    /// <param name="Organization">Its name; without one it is <c>default</c>.</param>
    internal sealed record Request(string? Organization) : IQuery<Response>, IAnonymous
    {
        public static string Reason => "who wants to sign in asks where";
    }

    /// <param name="Oidc">Left out while people cannot sign in.</param>
    internal sealed record Response(
        string AuthMethod, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Oidc? Oidc);

    /// <param name="Issuer">Its discovery document leads to everything else.</param>
    /// <param name="ClientId">Of the public client that people sign in with.</param>
    /// <param name="Parameters">Sent along to the issuer's page of authorization.</param>
    /// <param name="SignIn"><c>open</c> or <c>invited</c>.</param>
    internal sealed record Oidc(
        string Issuer, string ClientId, IReadOnlyList<string> Scopes, IReadOnlyDictionary<string, string> Parameters, string SignIn);

    internal sealed class Handler(Db db, ISender sender, IssuerOptions configured) : IRequestHandler<Request, Result<Response>>
    {
        private const int LongestName = 255;

        private const string FindSql = $"""
            SELECT {StoredIssuer.Columns}
            FROM service_accounts.issuers AS i
            WHERE i.org_id = @OrgId AND i.settings ? 'people'
            """;

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken) =>
            new Response("oidc", await Find(request.Organization, cancellationToken) is { People: { } people, ClientId: { } client } issuer
                ? new Oidc(
                    issuer.Issuer,
                    client,
                    people.Scopes,
                    people.Parameters,
                    people.OnlyInvited ? PeopleSettings.Invited : PeopleSettings.Open)
                : null);

        private async Task<TrustedIssuer?> Find(string? name, CancellationToken cancellationToken)
        {
            var orgId = name switch
            {
                null or "" => DefaultOrganization.Id,
                _ when name.Length > LongestName || name.Any(char.IsControl) => (Guid?)null,
                _ => (await sender.Send(new FindOrganization(name), cancellationToken))?.Id,
            };
            if (orgId is not { } id || (configured.Trusted is { People: not null } own && own.OrgId == id))
            {
                return orgId is null ? null : configured.Trusted;
            }

            return await db.Of(id).Find<StoredIssuer>(FindSql, args: null, cancellationToken) is { } row ? TrustedIssuer.Of(row) : null;
        }
    }
}
