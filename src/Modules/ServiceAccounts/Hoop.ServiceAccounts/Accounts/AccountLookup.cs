using Hoop.ServiceAccounts.Issuers;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>The account that a verified token leads to.</summary>
/// <param name="Explanation">How it was found, for a person.</param>
/// <param name="EndsAt">When it ends by itself; null when it does not.</param>
internal sealed record FoundAccount(string Name, IReadOnlyList<string> Groups, string Explanation, DateTime? EndsAt);

/// <summary>From a verified token to its account: by issuer and subject, in the issuer's organization.</summary>
internal sealed class AccountLookup(Db db)
{
    // The issuer's row is read with the account: the table of issuers in memory may be a moment old.
    private const string FindSql = """
        SELECT (SELECT i.updated_at FROM service_accounts.issuers AS i WHERE i.org_id = @OrgId AND i.id = @IssuerId) AS issuer_version,
               a.name, a.groups, a.status
        FROM (VALUES (1)) AS one (row)
        LEFT JOIN service_accounts.accounts AS a ON a.org_id = @OrgId AND a.issuer = @Issuer AND a.subject = @Subject
        """;

    /// <summary>A refusal with this code: the issuer was changed since the token was verified.</summary>
    public const string IssuerChanged = "issuer_changed";

    /// <summary>A refusal with this code: no account has the subject.</summary>
    public const string Unknown = "unknown_account";

    public async Task<Verdict<FoundAccount>> Find(VerifiedToken token, string presented, CancellationToken cancellationToken)
    {
        _ = presented;
        var args = new { IssuerId = token.Entry.Id, token.Issuer, token.Subject };
        var row = await db.Of(token.OrgId).Find<Row>(FindSql, args, cancellationToken);
        if (token.Entry.Version != row!.IssuerVersion)
        {
            return new Refusal(IssuerChanged, $"the issuer {token.Issuer} is being changed");
        }

        var subject = Printable.Word(token.Subject);
        return row.Status switch
        {
            null => new Refusal(
                Unknown,
                $"the token is good, but no service account has the subject \"{subject}\" of {token.Issuer}; to register it: hoop admin create serviceaccount"),
            "active" => new FoundAccount(
                row.Name is { Length: > 0 } name ? name : token.Subject, row.Groups ?? [], $"the account \"{subject}\"", EndsAt: null),
            _ => new Refusal("inactive_account", $"the service account \"{subject}\" of {token.Issuer} is inactive"),
        };
    }

    private sealed record Row(DateTime? IssuerVersion, string? Name, string[]? Groups, string? Status);
}
