using Hoop.ServiceAccounts.Contracts;
using Hoop.ServiceAccounts.Issuers;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>Verifies the token, then reads the account's row.</summary>
internal sealed class AuthenticateAccessTokenHandler(
    Db db, AccessTokenVerifier verifier, IssuerKeys keys, Dependencies on) : IRequestHandler<AuthenticateAccessToken,
        Verdict<Authenticated>>
{
    private const string FindSql = """
        SELECT name, groups, status
        FROM service_accounts.accounts
        WHERE org_id = @OrgId AND issuer = @Issuer AND subject = @Subject
        """;

    public async Task<Verdict<Authenticated>> Handle(AuthenticateAccessToken request, CancellationToken cancellationToken)
    {
        on.On(IssuerKeys.Topic, "");
        var verdict = await verifier.Verify(request.Token, cancellationToken);
        if (!verdict.Accepted)
        {
            return verdict.Refusal;
        }

        var token = verdict.Proven;
        if (keys.Snapshot?.UsableFor is { } left)
        {
            on.NoLongerThan(left);
        }

        on.On(ServiceAccount.Topic, ServiceAccount.KeyOf(token.OrgId, token.Subject));
        var account = await db.Of(token.OrgId).Find<Row>(FindSql, new { token.Issuer, token.Subject }, cancellationToken);
        if (account is not { Status: "active" })
        {
            var subject = Printable.Word(token.Subject);
            return account is null
                ? new Refusal(
                    "unknown_account",
                    $"the token is good, but no service account has the subject \"{subject}\" of {token.Issuer}; to register it: hoop admin create serviceaccount")
                : new Refusal("inactive_account", $"the service account \"{subject}\" of {token.Issuer} is inactive");
        }

        var name = account.Name.Length > 0 ? account.Name : token.Subject;
        return new Authenticated(
            token.OrgId,
            CallerKind.ServiceAccount,
            Alias.OfServiceAccount(token.Issuer, token.Subject),
            name,
            account.Groups,
            token.ExpiresAt);
    }

    private sealed record Row(string Name, string[] Groups, string Status);
}
