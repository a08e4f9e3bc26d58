using System.Text.Json;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Rules;

/// <summary>What one rule says to one token.</summary>
/// <param name="Matches">All conditions hold.</param>
/// <param name="Detail">Of a rule that does not match: the first condition that fails, and what the token has there.</param>
internal sealed record RuleOutcome(string Rule, bool Matches, string Detail);

/// <summary>The rule that won, and what follows from it.</summary>
/// <param name="Subject">Of the account.</param>
internal sealed record RuleMatch(StoredRule Rule, RuleSettings Settings, string Subject);

/// <summary>Which rule of an issuer a token fulfils: the one with the highest priority, then by name.</summary>
internal sealed class RuleLookup(Db db)
{
    private const string ListSql = $"""
        SELECT {StoredRule.Columns}
        FROM service_accounts.rules AS r
        WHERE r.org_id = @OrgId AND r.issuer = @Issuer
        ORDER BY r.priority DESC, r.name
        """;

    /// <param name="outcomes">Gets one for each rule, when given; without it the search ends at the winner.</param>
    public async Task<Verdict<RuleMatch>> Find(
        Guid orgId, string issuer, JsonElement claims, List<RuleOutcome>? outcomes, CancellationToken cancellationToken)
    {
        Verdict<RuleMatch>? winner = null;
        foreach (var rule in await db.Of(orgId).List<StoredRule>(ListSql, new { Issuer = issuer }, cancellationToken))
        {
            var settings = RuleSettings.FromStored(rule.Settings);
            var failed = settings.Conditions.FirstOrDefault(condition => !condition.Holds(claims));
            outcomes?.Add(new RuleOutcome(rule.Name, failed is null, failed is null ? "all conditions hold" : Missed(failed, claims)));
            if (failed is null && winner is null)
            {
                winner = Named(rule, settings, claims);
                if (outcomes is null)
                {
                    break;
                }
            }
        }

        return winner ?? new Refusal("no_rule", "no rule takes it");
    }

    private static Verdict<RuleMatch> Named(StoredRule rule, RuleSettings settings, JsonElement claims) =>
        !NameTemplate.Parse(settings.AccountName).Succeeded(out var template, out var error)
            ? new Refusal("rule_name", $"the rule {rule.Name}: {error.Message}")
            : template.Render(claims, out var problem) is { } subject ? new RuleMatch(rule, settings, subject)
            : new Refusal("rule_name", $"the rule {rule.Name} takes it, but {problem}");

    private static string Missed(ClaimCondition condition, JsonElement claims)
    {
        var found = ClaimPath.Find(claims, condition.Claim!) is { } value ? Printable.Word(value.ToString()) : "missing";
        return $"{condition.Shown()} does not hold: the token has {found}; its claims are {Names(claims)}";
    }

    private static string Names(JsonElement claims) =>
        string.Join(", ", claims.EnumerateObject().Take(40).Select(claim => Printable.Word(claim.Name)));
}
