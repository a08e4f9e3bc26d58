using System.Text.Json.Serialization;
using Hoop.Identity.TokenKeys;
using Hoop.Identity.Vault;

namespace Hoop.Identity.IdentityTokens;

/// <summary>GET /v1/identity/oidc/config. What is in the <c>iss</c> of tokens.</summary>
internal static class GetTokenIssuer
{
    public static void Map(RouteGroupBuilder oidc) => oidc.MapVaultRead(
        "/config",
        "GetTokenIssuer",
        Policies.Auditor,
        async (ISender sender, CancellationToken cancellationToken) =>
        {
            var result = await sender.Send(new Request(), cancellationToken);
            return result.ToVault(config => config, result.Succeeded(out var config, out _) ? config.Warnings : null);
        });

    internal sealed record Request : IQuery<Response>;

    /// <param name="Issuer">As it was set: scheme, host and port; empty for the gateway's own address.</param>
    /// <param name="EffectiveIssuer">The <c>iss</c>; clouds are told this one.</param>
    internal sealed record Response(string Issuer, string EffectiveIssuer)
    {
        [JsonIgnore]
        public IReadOnlyList<string>? Warnings { get; init; }
    }

    internal sealed class Handler(
        Db db, ICaller caller, Issuers issuers, PublicAddress address) : IRequestHandler<Request, Result<Response>>
    {
        private const string FindSql = """
            SELECT issuer
            FROM identity.oidc_config
            WHERE org_id = @OrgId
            """;

        private const string NotReachable =
            "Both \"issuer\" and HOOP_PUBLIC_URL are empty. The issuer claim in generated tokens will not be network reachable.";

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            var issuer = await db.Of(caller.OrgId).Find<string>(FindSql, args: null, cancellationToken) ?? "";
            return new Response(issuer, issuers.Of(caller.OrgId, issuer))
            {
                Warnings = issuer.Length == 0 && !address.IsConfigured ? [NotReachable] : null,
            };
        }
    }
}
