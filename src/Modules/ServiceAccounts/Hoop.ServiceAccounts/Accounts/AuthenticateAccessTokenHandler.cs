using Hoop.ServiceAccounts.Contracts;
using Hoop.ServiceAccounts.Issuers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>Verifies the token, then reads the account's row: never cached, so that switching an account off works at once.</summary>
internal sealed class AuthenticateAccessTokenHandler(Db db, IServiceProvider services, ILogger<AuthenticateAccessTokenHandler> logger)
    : IRequestHandler<AuthenticateAccessToken, Verdict<Authenticated>>
{
    private const string FindActiveSql = """
        SELECT name, groups
        FROM service_accounts.accounts
        WHERE org_id = @OrgId AND issuer = @Issuer AND subject = @Subject AND status = 'active'
        """;

    public async Task<Verdict<Authenticated>> Handle(AuthenticateAccessToken request, CancellationToken cancellationToken)
    {
        if (services.GetService<AccessTokenVerifier>() is not { } verifier)
        {
            return new Refusal("disabled", "no identity provider is configured (HOOP_OIDC_ISSUER)");
        }

        var verdict = await verifier.Verify(request.Token, cancellationToken);
        if (!verdict.Accepted)
        {
            logger.LogInformation("Access token refused: {Code}: {Reason}", verdict.Refusal.Code, verdict.Refusal.Reason);
            return verdict.Refusal;
        }

        var token = verdict.Proven;
        var account = await db.Of(token.OrgId).Find<Row>(FindActiveSql, new { token.Issuer, token.Subject }, cancellationToken);
        if (account is null)
        {
            logger.LogInformation("Access token refused: no active service account for its subject");
            return new Refusal("account", "no active service account has this subject");
        }

        var name = account.Name.Length > 0 ? account.Name : token.Subject;
        return new Authenticated(token.OrgId, CallerKind.ServiceAccount, Alias.OfServiceAccount(token.Issuer, token.Subject), name, account.Groups, token.ExpiresAt);
    }

    private sealed record Row(string Name, string[] Groups);
}
