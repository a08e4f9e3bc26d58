using Hoop.Identity.Vault;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Tokens;

/// <summary>
/// POST|PUT /v1/auth/token/revoke-self, .../revoke, .../revoke-accessor and .../revoke-orphan. The token and all its children are gone with
/// the answer, each on record; revoke-orphan leaves the children, as orphans.
/// </summary>
internal static class RevokeToken
{
    public static readonly VaultFields OfSelf = [VaultField.Text("token", "Not needed: the token of the request.")];
    public static readonly VaultFields OfToken = [VaultField.Text("token", "The token.")];
    public static readonly VaultFields OfAccessor = [VaultField.Text("accessor", "Of the token.")];

    public static void Map(RouteGroupBuilder tokens)
    {
        tokens.MapVaultWrite("/revoke-self", "RevokeSelf", Policies.Authenticated, OfSelf, Self)
            .WithBody($$"""{ "token": "{{BodyExample.SomeToken}}" }""")
            .Produces(StatusCodes.Status204NoContent);
        tokens.MapVaultWrite("/revoke", "RevokeToken", Policies.Admin, OfToken, Token)
            .WithBody($$"""{ "token": "{{BodyExample.SomeToken}}" }""")
            .Produces(StatusCodes.Status204NoContent);
        tokens.MapVaultWrite("/revoke-accessor", "RevokeAccessor", Policies.Admin, OfAccessor, Accessor)
            .WithBody($$"""{ "accessor": "{{BodyExample.SomeAccessor}}" }""")
            .Produces(StatusCodes.Status204NoContent);
        tokens.MapVaultWrite("/revoke-orphan", "RevokeOrphan", Policies.Admin, OfToken, Orphan)
            .WithBody($$"""{ "token": "{{BodyExample.SomeToken}}" }""")
            .Produces(StatusCodes.Status204NoContent);
    }

    private static Task<VaultAnswer<object>> Self(VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        Send(body, new Request(Key: null, KeepsChildren: false), sender, cancellationToken);

    private static Task<VaultAnswer<object>> Token(VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        Send(body, new Request(KeyOf(body), KeepsChildren: false), sender, cancellationToken);

    private static Task<VaultAnswer<object>> Orphan(VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        Send(body, new Request(KeyOf(body), KeepsChildren: true), sender, cancellationToken);

    private static Task<VaultAnswer<object>> Accessor(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var key = new TokenKey(Self: null, Token: null, body.Text("accessor"));
        return Send(body, new Request(key, KeepsChildren: false), sender, cancellationToken);
    }

    private static TokenKey KeyOf(VaultBody body) => new(Self: null, new SecretText(body.Text("token")), Accessor: null);

    private static async Task<VaultAnswer<object>> Send(
        VaultBody body, Request request, ISender sender, CancellationToken cancellationToken)
    {
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.ToVaultNothing(_ => null);
    }

    /// <param name="Key">Null for the credential of the request.</param>
    internal sealed record Request(TokenKey? Key, bool KeepsChildren) : ICommand<Revoked>
    {
        public AuditEntry Audit(Revoked value) => new("vault_token", AuditAction.Delete, value.Id)
        {
            Fields = new AuditFields { { "accessor", value.Accessor }, { "children", value.Children }, { "orphaned", value.Orphaned } },
        };
    }

    /// <param name="Children">How many went with it.</param>
    /// <param name="Orphaned">How many stay, as orphans.</param>
    internal sealed record Revoked(Guid Id, string Accessor, int Children, int Orphaned);

    internal sealed class Handler(Db db, ICaller caller, TokenFamilies families) : IRequestHandler<Request, Result<Revoked>>
    {
        private const string FindSql = $"""
            SELECT token.id, token.accessor
            FROM identity.tokens AS token
            WHERE token.org_id = @OrgId AND {HeldToken.IsKey}
            """;

        public async Task<Result<Revoked>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.Key is null && caller.Current!.Kind != CallerKind.VaultToken)
            {
                return VaultToken.OtherKind;
            }

            var key = request.Key ?? new TokenKey(VaultToken.IdOf(caller.Current!), Token: null, Accessor: null);
            db.Announce(VaultToken.Topic, ChangeKey.Of(caller.OrgId));
            await db.Of(caller.OrgId).TakeTokenLock(cancellationToken);
            if (await db.Of(caller.OrgId).Find<Row>(FindSql, key.Values, cancellationToken) is not { } found)
            {
                return key.Accessor is null ? VaultToken.NotToRevoke : VaultToken.BadAccessor;
            }

            var released = request.KeepsChildren ? await families.Release(caller.OrgId, found.Id, cancellationToken) : [];
            var gone = await families.Revoke(caller.OrgId, [found.Id], cancellationToken);
            return new Revoked(found.Id, found.Accessor, gone.Count - 1, released.Count);
        }

        private sealed record Row(Guid Id, string Accessor);
    }
}
