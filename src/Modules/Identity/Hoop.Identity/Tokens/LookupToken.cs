using Hoop.Identity.AccessRules;
using Hoop.Identity.Vault;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Tokens;

/// <summary>
/// GET|POST|PUT /v1/auth/token/lookup-self, POST|PUT .../lookup and .../lookup-accessor. What a token is; other credentials may ask for
/// themselves too. Where uses are counted, asking with a token is one.
/// </summary>
internal static class LookupToken
{
    private static readonly VaultFields OfSelf = [VaultField.Text("token", "Not needed: the token of the request.")];
    public static readonly VaultFields OfToken = [VaultField.Text("token", "The token; that of the request when left out.")];
    public static readonly VaultFields OfAccessor = [VaultField.Text("accessor", "Of the token.")];

    public static void Map(RouteGroupBuilder tokens)
    {
        tokens.MapVaultRead("/lookup-self", "LookupSelf", Policies.Authenticated, Self);
        tokens.MapVaultWrite("/lookup-self", "LookupSelfByPost", Policies.Authenticated, OfSelf, SelfByPost)
            .WithBody($$"""{ "token": "{{BodyExample.SomeToken}}" }""");
        tokens.MapVaultWrite("/lookup", "LookupToken", Policies.Auditor, OfToken, Token)
            .WithBody($$"""{ "token": "{{BodyExample.SomeToken}}" }""");
        tokens.MapVaultWrite("/lookup-accessor", "LookupAccessor", Policies.Auditor, OfAccessor, Accessor)
            .WithBody($$"""{ "accessor": "{{BodyExample.SomeAccessor}}" }""");
    }

    private static async Task<VaultAnswer<TokenView>> Self(HttpContext context, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(Key: null, TokenKey.Presented(context)), cancellationToken)).ToVault();

    private static async Task<VaultAnswer<TokenView>> SelfByPost(
        VaultBody body, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
        await Send(body, new Request(Key: null, TokenKey.Presented(context)), sender, cancellationToken);

    private static Task<VaultAnswer<TokenView>> Token(
        VaultBody body, HttpContext context, ISender sender, CancellationToken cancellationToken)
    {
        var token = body.Text("token");
        var request = token.Length == 0 || token == TokenKey.Presented(context)
            ? new Request(Key: null, TokenKey.Presented(context))
            : new Request(new TokenKey(Self: null, new SecretText(token), Accessor: null), token);
        return Send(body, request, sender, cancellationToken);
    }

    private static Task<VaultAnswer<TokenView>> Accessor(VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        Send(body, new Request(new TokenKey(Self: null, Token: null, body.Text("accessor")), Shown: null), sender, cancellationToken);

    private static async Task<VaultAnswer<TokenView>> Send(
        VaultBody body, Request request, ISender sender, CancellationToken cancellationToken)
    {
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.ToVault(view => view, body.Warnings);
    }

    /// <param name="Key">Null for the credential of the request.</param>
    /// <param name="Shown">The token in clear text, which whoever asks has already.</param>
    internal sealed record Request(TokenKey? Key, string? Shown) : IQuery<TokenView>
    {
        /// <summary>The token is never printed.</summary>
        public override string ToString() => nameof(LookupToken);
    }

    internal sealed class Handler(Db db, ICaller caller, TokenEntities entities, TimeProvider clock)
        : IRequestHandler<Request, Result<TokenView>>
    {
        public const string FindSql = $"""
            SELECT {HeldToken.Columns}
            FROM identity.tokens AS token
            WHERE token.org_id = @OrgId AND {HeldToken.IsKey}
            """;

        public async Task<Result<TokenView>> Handle(Request request, CancellationToken cancellationToken)
        {
            var me = caller.Current!;
            if (request.Key is null && me.Kind != CallerKind.VaultToken)
            {
                return OfOther(me, request.Shown);
            }

            var key = request.Key ?? new TokenKey(VaultToken.IdOf(me), Token: null, Accessor: null);
            if (await db.Of(caller.OrgId).Find<HeldToken>(FindSql, key.Values, cancellationToken) is not { } token)
            {
                return key.Accessor is null ? VaultToken.BadToken : VaultToken.BadAccessor;
            }

            var entity = await entities.With(token.EntityId, [], cancellationToken);
            return TokenView.Of(token, request.Shown ?? "", entity.Policies);
        }

        // A credential of another kind, as a client of Vault would see it.
        private TokenView OfOther(Caller me, string? shown)
        {
            var (now, end) = (clock.GetUtcNow().UtcDateTime, me.ExpiresAt?.UtcDateTime);
            var ttl = end is null ? 0 : Math.Max(0, (int)(end.Value - now).TotalSeconds);
            return new TokenView(
                shown ?? "", Accessor: "", me.Role == Role.Admin ? [Acl.Root] : [], me.Alias.Mount.TrimEnd('/', '#'), Meta: null, me.Name,
                NumUses: 0, Orphan: true, TokenView.Unix(now), ttl, end, ttl, ExplicitMaxTtl: 0, me.EntityId?.ToString() ?? "", "service",
                Renewable: false, now)
            {
                IdentityPolicies = me.Policies.Count > 0 ? me.Policies : null,
            };
        }
    }
}
