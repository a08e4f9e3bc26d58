using System.Text.Json.Serialization;
using Hoop.Identity.Contracts;
using Hoop.Shared.Quotas;

namespace Hoop.ServiceAccounts.Rules;

/// <summary>A rule's row.</summary>
/// <param name="Settings">A <see cref="RuleSettings"/> as JSON.</param>
internal sealed record StoredRule(
    Guid Id, Guid OrgId, string Name, string Issuer, int Priority, string Settings, DateTime CreatedAt, DateTime UpdatedAt)
{
    /// <summary>In the order of the constructor; the table's alias is <c>r</c>.</summary>
    public const string Columns =
        "r.id, r.org_id, r.name, r.issuer, r.priority, r.settings::text AS settings, r.created_at, r.updated_at";

    /// <summary>Announced with the organization (<see cref="ChangeKey"/>) by whatever changes a rule.</summary>
    public const string Topic = "service_account_rules";

    private const string CountSql = """
        SELECT count(*)
        FROM (SELECT FROM service_accounts.rules WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    public static readonly Quota Quota = new("service_account_rules", "HOOP_QUOTA_SERVICE_ACCOUNT_RULES", 1_000, CountSql);

    /// <summary>
    /// Whoever came in by the rule. Their names begin as its template does; a registered account whose name begins so loses what it made
    /// as well.
    /// </summary>
    public CallersLeaving Leaving(string reason) => new(
        OrgId, Who: [], [Alias.OfServiceAccount(Issuer, RuleSettings.FromStored(Settings).AccountName.Split('{')[0])], reason);

    public RuleView ToView(IReadOnlyList<string>? warnings = null)
    {
        var settings = RuleSettings.FromStored(Settings);
        return new RuleView(
            Id,
            OrgId,
            Name,
            Issuer,
            Priority,
            settings.Conditions,
            settings.AccountName,
            settings.Groups,
            settings.LifetimeSeconds,
            CreatedAt,
            UpdatedAt,
            warnings is { Count: > 0 } ? warnings : null);
    }
}

/// <summary>A rule as the API shows it.</summary>
/// <param name="Warnings">What its author should know; only in the answer to a write.</param>
internal sealed record RuleView(
    Guid Id,
    Guid OrgId,
    string Name,
    string Issuer,
    int Priority,
    IReadOnlyList<ClaimCondition> Conditions,
    string AccountName,
    IReadOnlyList<string> Groups,
    int? LifetimeSeconds,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Warnings)
{
    public AuditEntry Audited(AuditAction action) => new("service_account_rule", action, Id)
    {
        Fields = new AuditFields
        {
            { "name", Name },
            { "issuer", Issuer },
            { "priority", Priority },
            { "conditions", Conditions.Select(condition => condition.Shown()) },
            { "account_name", AccountName },
            { "groups", Groups },
            { "lifetime_seconds", LifetimeSeconds },
        },
    };
}

internal static class RuleErrors
{
    public static readonly Error NotFound = Error.NotFound();

    public static readonly Error AlreadyExists = Error.Conflict("name: a rule of this organization has it already", "rule_exists");
}
