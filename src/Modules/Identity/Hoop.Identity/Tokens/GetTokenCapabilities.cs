using Hoop.Identity.AccessRules;
using Hoop.Identity.AclPolicies;
using Hoop.Identity.Contracts;
using Hoop.Identity.Vault;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Tokens;

/// <summary>
/// POST|PUT /v1/sys/capabilities and .../capabilities-accessor. What another token may do at each of the paths; asking costs it no use.
/// </summary>
internal static class GetTokenCapabilities
{
    private static readonly Error BadToken = Error.Malformed("1 error occurred:\n\t* invalid token\n\n", "bad_token");
    private static readonly Error BadAccessor = Error.Malformed("1 error occurred:\n\t* invalid accessor\n\n", "invalid_accessor");

    public static readonly VaultFields OfToken =
        [VaultField.Text("token", "The token that is asked about."), .. GetCapabilities.Fields];

    public static readonly VaultFields OfAccessor =
        [VaultField.Text("accessor", "Of the token that is asked about."), .. GetCapabilities.Fields];

    public static void Map(RouteGroupBuilder sys)
    {
        sys.MapVaultWrite("/capabilities", "GetTokenCapabilities", Policies.Auditor, OfToken, Token)
            .WithBody($$"""{ "token": "{{BodyExample.SomeToken}}", "paths": ["identity/entity"] }""");
        sys.MapVaultWrite("/capabilities-accessor", "GetAccessorCapabilities", Policies.Auditor, OfAccessor, Accessor)
            .WithBody($$"""{ "accessor": "{{BodyExample.SomeAccessor}}", "paths": ["identity/entity"] }""");
    }

    private static Task<VaultAnswer<Dictionary<string, string[]>>> Token(
        VaultBody body, HttpContext context, ISender sender, CancellationToken cancellationToken)
    {
        var token = body.Text("token");
        var isOwn = token.Length > 0 && token == TokenKey.Presented(context);
        var key = isOwn ? null : new TokenKey(Self: null, new SecretText(token), Accessor: null);
        return Send(body, new Request(key, GetCapabilities.PathsOf(body)), sender, cancellationToken);
    }

    private static Task<VaultAnswer<Dictionary<string, string[]>>> Accessor(
        VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        Send(
            body,
            new Request(new TokenKey(Self: null, Token: null, body.Text("accessor")), GetCapabilities.PathsOf(body)),
            sender,
            cancellationToken);

    private static async Task<VaultAnswer<Dictionary<string, string[]>>> Send(
        VaultBody body, Request request, ISender sender, CancellationToken cancellationToken)
    {
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.ToVault(capabilities => capabilities, body.Warnings).OnTop();
    }

    /// <param name="Key">Null for the credential of the request.</param>
    /// <param name="Paths">As the API spells them behind /v1/.</param>
    internal sealed record Request(TokenKey? Key, string[] Paths) : IQuery<Dictionary<string, string[]>>;

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Paths)
            .NotEmpty().WithMessage("paths must be supplied")
            .Must(paths => paths.Length <= 100).WithMessage("paths: at most 100");
    }

    internal sealed class Handler(Db db, ICaller caller, CallerAcl acls, ISender sender)
        : IRequestHandler<Request, Result<Dictionary<string, string[]>>>
    {
        private const string FindSql = $"""
            SELECT {HeldToken.Columns}
            FROM identity.tokens AS token
            WHERE token.org_id = @OrgId AND {HeldToken.IsKey}
            """;

        public async Task<Result<Dictionary<string, string[]>>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.Key is not { } key)
            {
                return GetCapabilities.Of(await acls.Of(caller.Current!, cancellationToken), request.Paths);
            }

            if (await db.Of(caller.OrgId).Find<HeldToken>(FindSql, key.Values, cancellationToken) is not { } token)
            {
                return key.Accessor is null ? BadToken : BadAccessor;
            }

            // As if it signed in: a disabled or deleted entity takes its tokens along.
            var who = new Authenticated(
                caller.OrgId, CallerKind.VaultToken, Alias.OfToken(token.Id), token.DisplayName, Groups: [], token.ExpiresAt)
            {
                Token = new TokenFacts(token.Policies, token.EntityId),
            };
            var let = await sender.Send(new Admit(who), cancellationToken);
            return GetCapabilities.Of(let.Accepted ? await acls.Of(let.Proven, cancellationToken) : Acl.None, request.Paths);
        }
    }
}
