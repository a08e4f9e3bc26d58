using System.Text.Json.Serialization;
using Hoop.Identity.People;
using Hoop.Identity.TokenKeys;
using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.IdentityTokens;

/// <summary>
/// POST|PUT /v1/identity/oidc/introspect. Whether a token is one of the organization's, holds, and its entity is still let in.
/// </summary>
internal static class IntrospectIdentityToken
{
    public static readonly VaultFields Fields =
    [
        VaultField.Text("token", "The token."),
        VaultField.Text("client_id", "The audience that it must have; any when it is left out."),
    ];

    public static void Map(RouteGroupBuilder oidc) => oidc
        .MapVaultQuestion(
            "/introspect",
            "IntrospectIdentityToken",
            Policies.Auditor,
            Fields,
            async (VaultBody body, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(body.Text("token"), body.Text("client_id"));
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                await (result.Succeeded(out var answer, out var refused)
                    ? context.Response.WriteAsJsonAsync(answer, cancellationToken)
                    : Surface.Write(context, refused));
            })
        .WithBody("""{"token": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "client_id": "sts.amazonaws.com"}""")
        .Produces<Response>().Produces<VaultErrorBody>(StatusCodes.Status400BadRequest);

    internal sealed record Request(string Token, string ClientId) : IQuery<Response>
    {
        /// <summary>The token is never printed.</summary>
        public override string ToString() => nameof(IntrospectIdentityToken);
    }

    /// <param name="Error">Why it is not active.</param>
    internal sealed record Response(
        bool Active, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null);

    internal sealed class Handler(Db db, ICaller caller, PublishedKeys published, IServiceProvider services, TimeProvider clock)
        : IRequestHandler<Request, Result<Response>>
    {
        private const string KeySql = """
            SELECT version.public_jwk::text
            FROM identity.oidc_key_versions AS version
            WHERE version.org_id = @OrgId AND version.id = @KeyId AND EXISTS (
              SELECT FROM identity.oidc_keys AS held
              WHERE held.org_id = @OrgId AND held.id = version.key_id AND (held.name = 'default' OR EXISTS (
                SELECT FROM identity.oidc_roles AS role WHERE role.org_id = @OrgId AND role.key_name = held.name)))
            """;

        private const string EntitySql = $"""
            SELECT entity.disabled, entity.expires_at, {InactivePeople.BehindEntitySql} AS is_inactive
            FROM identity.entities AS entity
            WHERE entity.org_id = @OrgId AND entity.id = coalesce(
              (SELECT merged.entity_id FROM identity.merged_entities AS merged WHERE merged.org_id = @OrgId AND merged.id = @EntityId),
              @EntityId)
            """;

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (IdentityTokenCheck.Read(request.Token, out var keyId) is { } unreadable)
            {
                return No(unreadable);
            }

            var jwk = VaultIdConstraint.Parse(keyId) is { } id
                ? await db.Of(caller.OrgId).Find<string>(KeySql, new { KeyId = id }, cancellationToken)
                : null;
            var (issuer, now) = ((await published.Of(caller.OrgId, services, cancellationToken))?.Issuer, clock.GetUtcNow());
            if (IdentityTokenCheck.Verify(request.Token, jwk, issuer, request.ClientId, now, out var subject) is { } refused)
            {
                return No(refused);
            }

            if (VaultIdConstraint.Parse(subject) is not { } entityId)
            {
                // A SPIFFE ID, or who another module had it signed for: no entity to ask about.
                return new Response(Active: true);
            }

            return await db.Of(caller.OrgId).Find<EntityRow>(EntitySql, new { EntityId = entityId }, cancellationToken) switch
            {
                null => No("entity was not found"),
                { Disabled: true } => No("entity is disabled"),
                { IsInactive: true } => No("a person behind the entity is inactive"),
                { ExpiresAt: { } ends } when ends <= now.UtcDateTime => No("entity has expired"),
                _ => new Response(Active: true),
            };
        }

        private static Response No(string error) => new(Active: false, error);

        private sealed record EntityRow(bool Disabled, DateTime? ExpiresAt, bool IsInactive);
    }
}
