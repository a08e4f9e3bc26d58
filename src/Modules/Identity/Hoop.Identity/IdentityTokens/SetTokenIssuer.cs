using System.Text.RegularExpressions;
using Hoop.Identity.TokenKeys;
using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.IdentityTokens;

/// <summary>
/// POST|PUT /v1/identity/oidc/config. The address in the <c>iss</c> of tokens; empty for <c>HOOP_PUBLIC_URL</c>. Tokens that were signed
/// with the address before fail at verifiers that only know the new one.
/// </summary>
internal static partial class SetTokenIssuer
{
    public static readonly VaultFields Fields =
    [
        VaultField.Text("issuer", "Scheme, host and port at which the gateway is reached; empty for HOOP_PUBLIC_URL."),
    ];

    public static void Map(RouteGroupBuilder oidc) => oidc
        .MapVaultWrite(
            "/config",
            "SetTokenIssuer",
            Policies.Admin,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(body.Text("issuer"));
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                return result.ToVaultNothing(issuer => issuer.Length == 0 ? null : [Pinned]);
            })
        .WithBody("""{"issuer": "https://hoop.example.com"}""")
        .Produces(StatusCodes.Status204NoContent);

    private const string Pinned =
        "If \"issuer\" is set explicitly, all tokens must be validated against that address, including those issued by secondary clusters. Setting issuer to \"\" will restore the default behavior of using the cluster's api_addr as the issuer.";

    internal sealed record Request(string Issuer) : ICommand<string>
    {
        public AuditEntry Audit(string value) => new("token_issuer", AuditAction.Update, "config")
        {
            Fields = new AuditFields { { "issuer", value } },
        };
    }

    internal sealed partial class Validator : AbstractValidator<Request>
    {
        private const int MaxLength = 512;

        public Validator() => RuleFor(request => request.Issuer).Must(IsAddress).WithMessage(
            "invalid issuer, which must include only a scheme, host, and optional port (e.g. https://example.com:8200)");

        private static bool IsAddress(string text) =>
            text.Length == 0
            || (text.Length <= MaxLength && Address().IsMatch(text) && Uri.IsWellFormedUriString(text, UriKind.Absolute));

        [GeneratedRegex(
            @"^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?\z",
            RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
        private static partial Regex Address();
    }

    internal sealed class Handler(Db db, ICaller caller, SigningKeys keys) : IRequestHandler<Request, Result<string>>
    {
        private const string SetSql = """
            UPDATE identity.oidc_config
            SET issuer = @Issuer
            WHERE org_id = @OrgId
            """;

        public async Task<Result<string>> Handle(Request request, CancellationToken cancellationToken)
        {
            await keys.Take(caller.OrgId, cancellationToken);
            await db.Of(caller.OrgId).Execute(SetSql, new { request.Issuer }, cancellationToken);
            return request.Issuer;
        }
    }
}
