using Hoop.ServiceAccounts.Contracts;
using Hoop.ServiceAccounts.Issuers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>Verifies the token, then reads the account's row: never cached, so that switching an account off works at once.</summary>
internal sealed class AuthenticateAccessTokenHandler(Db db, IServiceProvider services, ILogger<AuthenticateAccessTokenHandler> logger)
    : IRequestHandler<AuthenticateAccessToken, AuthenticatedAccount?>
{
    private const string FindActiveSql = """
        SELECT id, name, groups
        FROM service_accounts.accounts
        WHERE org_id = @OrgId AND issuer = @Issuer AND subject = @Subject AND status = 'active'
        """;

    public async Task<AuthenticatedAccount?> Handle(AuthenticateAccessToken request, CancellationToken cancellationToken)
    {
        if (services.GetService<AccessTokenVerifier>() is not { } verifier)
        {
            return null;
        }

        var (token, refusal) = await verifier.Verify(request.Token, cancellationToken);
        if (token is null)
        {
            logger.LogInformation("Access token refused: {Code}: {Reason}", refusal?.Code, refusal?.Reason);
            return null;
        }

        var account = await db.Of(token.OrgId).Find<Row>(FindActiveSql, new { token.Issuer, token.Subject }, cancellationToken);
        if (account is null)
        {
            logger.LogInformation("Access token refused: no active service account for its subject");
            return null;
        }

        var name = account.Name.Length > 0 ? account.Name : token.Subject;
        return new AuthenticatedAccount(token.OrgId, account.Id, token.Issuer, token.Subject, name, account.Groups, token.ExpiresAt);
    }

    private sealed record Row(Guid Id, string Name, string[] Groups);
}
