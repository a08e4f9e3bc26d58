using System.Text.Json;
using Hoop.ServiceAccounts.Issuers;
using Hoop.ServiceAccounts.Rules;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>The account that a verified token leads to.</summary>
/// <param name="Subject">Of the account; by a rule, its name.</param>
/// <param name="Explanation">How it was found, for a person.</param>
/// <param name="EndsAt">When its access ends: with the token, the account, or the rule's lifetime.</param>
/// <param name="Rule">The rule that won; null for a registered account.</param>
/// <param name="AccountEndsAt">When the account itself ends, whatever the token says; null without an end.</param>
internal sealed record FoundAccount(
    string Subject,
    string Name,
    IReadOnlyList<string> Groups,
    string Explanation,
    DateTimeOffset EndsAt,
    string? Rule,
    DateTimeOffset? AccountEndsAt);

/// <summary>
/// From a verified token to its account, in the issuer's organization: the registered one of issuer and subject, else what the first rule
/// makes of its claims. What the answer rests on is declared.
/// </summary>
internal sealed class AccountLookup(Db db, Dependencies on, RuleLookup rules, AccountUses uses, TimeProvider clock)
{
    /// <summary>The code of a refusal: the issuer was changed since the token was verified.</summary>
    public const string IssuerChanged = "issuer_changed";

    /// <summary>The code of a refusal: no account has the subject.</summary>
    public const string Unknown = "unknown_account";

    // The issuer's row is read with the account: the table of issuers in memory may be a moment old.
    private const string FindSql = """
        SELECT (SELECT i.updated_at FROM service_accounts.issuers AS i WHERE i.org_id = @OrgId AND i.id = @IssuerId) AS issuer_version,
               a.name, a.groups, a.status, a.expires_at, a.last_used_at
        FROM (VALUES (1)) AS one (row)
        LEFT JOIN service_accounts.accounts AS a ON a.org_id = @OrgId AND a.issuer = @Issuer AND a.subject = @Subject
        """;

    /// <param name="token">What was verified.</param>
    /// <param name="presented">The token itself, for the claims that rules look at.</param>
    /// <param name="outcomes">Gets what each rule says, when given.</param>
    /// <param name="cancellationToken">Of the caller.</param>
    public async Task<Verdict<FoundAccount>> Find(
        VerifiedToken token, string presented, List<RuleOutcome>? outcomes, CancellationToken cancellationToken)
    {
        on.On(StoredRule.Topic, ChangeKey.Of(token.OrgId));
        var row = await Read(token, token.Subject, cancellationToken);
        if (token.Entry.Version != row.IssuerVersion)
        {
            return new Refusal(IssuerChanged, $"the issuer {token.Issuer} is being changed");
        }

        if (row.Status is not null)
        {
            if (Problem(row, token, token.Subject) is { } refused)
            {
                return refused;
            }

            uses.Note(token.OrgId, token.Issuer, token.Subject, row.LastUsedAt);
            return new FoundAccount(
                token.Subject,
                row.Name is { Length: > 0 } name ? name : token.Subject,
                row.Groups ?? [],
                $"the account \"{Printable.Word(token.Subject)}\"",
                Earlier(token.ExpiresAt, row.ExpiresAt),
                Rule: null,
                Utc(row.ExpiresAt));
        }

        return await ByRule(token, presented, outcomes, cancellationToken);
    }

    private async Task<Verdict<FoundAccount>> ByRule(
        VerifiedToken token, string presented, List<RuleOutcome>? outcomes, CancellationToken cancellationToken)
    {
        var claims = token.Claims ?? ClaimsOf(presented);
        var found = await rules.Find(token.OrgId, token.Issuer, claims, outcomes, cancellationToken);
        if (!found.Accepted)
        {
            return found.Refusal.Code == "no_rule" ? UnknownAccount(token) : found.Refusal;
        }

        var (rule, subject) = (found.Proven.Rule, found.Proven.Subject);
        var end = token.ExpiresAt;
        if (found.Proven.Settings.LifetimeSeconds is { } seconds)
        {
            if (IssuedAt(claims) is not { } issued)
            {
                return new Refusal("rule_lifetime", $"the rule {rule.Name} bounds the lifetime, and the token has no iat");
            }

            end = Earlier(end, issued.AddSeconds(seconds).UtcDateTime);
        }

        // A registered account of the resulting name is how one of them is switched off.
        var row = subject == token.Subject ? null : await Read(token, subject, cancellationToken);
        if (row?.Status is not null && Problem(row, token, subject) is { } refused)
        {
            return refused;
        }

        end = Earlier(end, row?.ExpiresAt);
        return end <= clock.GetUtcNow()
            ? new Refusal("rule_lifetime", $"the token is older than the rule {rule.Name} allows")
            : new FoundAccount(
                subject,
                subject,
                found.Proven.Settings.Groups,
                $"the rule {rule.Name} makes it the account \"{Printable.Word(subject)}\"",
                end,
                rule.Name,
                Utc(row?.ExpiresAt));
    }

    private async Task<Row> Read(VerifiedToken token, string subject, CancellationToken cancellationToken)
    {
        on.On(ServiceAccount.Topic, ServiceAccount.KeyOf(token.OrgId, subject));
        var args = new { IssuerId = token.Entry.Id, token.Issuer, Subject = subject };
        return (await db.Of(token.OrgId).Find<Row>(FindSql, args, cancellationToken))!;
    }

    private Refusal? Problem(Row row, VerifiedToken token, string subject)
    {
        var shown = $"the service account \"{Printable.Word(subject)}\" of {token.Issuer}";
        return row.Status != "active" ? new Refusal("inactive_account", $"{shown} is inactive")
            : row.ExpiresAt <= clock.GetUtcNow().UtcDateTime ? new Refusal("expired_account", $"{shown} has expired")
            : null;
    }

    private static Refusal UnknownAccount(VerifiedToken token) => new(
        Unknown,
        $"the token is good, but no service account has the subject \"{Printable.Word(token.Subject)}\" of {token.Issuer}; to register it: hoop admin create serviceaccount");

    private static DateTimeOffset Earlier(DateTimeOffset end, DateTime? other) => Utc(other) is { } time && time < end ? time : end;

    private static DateTimeOffset? Utc(DateTime? time) =>
        time is { } known ? new DateTimeOffset(DateTime.SpecifyKind(known, DateTimeKind.Utc)) : null;

    private static DateTimeOffset? IssuedAt(JsonElement claims) =>
        claims.TryGetProperty("iat", out var issued) && issued.ValueKind == JsonValueKind.Number && issued.TryGetDouble(out var seconds)
            && seconds is >= 0 and < 253_402_300_799
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    // It was verified, so it can be read.
    private static JsonElement ClaimsOf(string presented)
    {
        if (!CompactJws.TryParse(presented, out var jws, out _))
        {
            throw new InvalidOperationException("A verified token cannot be read.");
        }

        using (jws)
        {
            using var document = JsonDocument.Parse(jws.Payload.ToArray());
            return document.RootElement.Clone();
        }
    }

    private sealed record Row(
        DateTime? IssuerVersion, string? Name, string[]? Groups, string? Status, DateTime? ExpiresAt, DateTime? LastUsedAt);
}
