using Hoop.Identity.AccessRules;
using Hoop.Identity.Entities;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;

namespace Hoop.Identity.AclPolicies;

/// <summary>The name of a policy in a path: trimmed and folded like the names that tokens and entities carry.</summary>
internal static class AclPolicy
{
    private const string CountSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.acl_policies WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    public static readonly Quota Quota = new("acl_policies", "HOOP_QUOTA_ACL_POLICIES", 10_000, CountSql);

    public static readonly Error NotFound = Error.NotFound();

    public static string NameOf(string text) => AsciiCase.Fold(text.Trim());

    /// <summary>What is wrong with a name, or null. The name <c>root</c> is the handler's business.</summary>
    public static string? ProblemOf(string name) => name switch
    {
        "" => "name: is required",
        Acl.Root => null,
        _ => PolicyNames.ProblemOf([name])?.Replace("policies: each has", "name:", StringComparison.Ordinal),
    };
}
