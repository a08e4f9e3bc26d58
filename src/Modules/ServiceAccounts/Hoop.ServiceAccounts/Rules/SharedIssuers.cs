using System.Text.Json;

namespace Hoop.ServiceAccounts.Rules;

/// <summary>
/// Issuers that sign for everybody who has an account there. A rule on one of them that names no owner would let every customer of the
/// provider in.
/// </summary>
internal static class SharedIssuers
{
    private sealed record Shared(string[] Ids, string[] Names, string SubjectStart, string Example);

    private static readonly Dictionary<string, Shared> All = new(StringComparer.Ordinal)
    {
        ["https://token.actions.githubusercontent.com"] = new(
            ["repository_owner_id", "repository_id"],
            ["repository_owner", "repository"],
            "repo:",
            "repository_owner_id or repository_owner"),
        ["https://gitlab.com"] = new(
            ["namespace_id", "project_id"], ["namespace_path", "project_path"], "project_path:", "namespace_id or project_path"),
        ["https://accounts.google.com"] = new(["sub", "azp"], ["email"], "", "sub or email"),
        ["https://agent.buildkite.com"] = new(
            ["organization_id"], ["organization_slug"], "organization:", "organization_slug"),
        ["https://app.terraform.io"] = new(
            ["terraform_organization_id"], ["terraform_organization_name"], "organization:", "terraform_organization_id"),
    };

    // What says which part of a repository may act: without one of them every branch can.
    private static readonly string[] Narrowing =
    [
        "ref", "environment", "workflow", "workflow_ref", "job_workflow_ref", "ref_path", "ref_protected", "deployment_tier", "event_name",
    ];

    /// <summary>Why a rule with these conditions is refused; null when it is bound to an owner, or its issuer is nobody else's.</summary>
    public static string? Problem(string issuer, IReadOnlyList<ClaimCondition> conditions) =>
        !All.TryGetValue(issuer, out var shared) || conditions.Any(condition => BindsOwner(condition, shared))
            ? null
            : $"conditions: {issuer} signs for everybody who uses it, so the rule must name whose tokens it takes: add a condition on {shared.Example}";

    /// <summary>What its author should know.</summary>
    public static IReadOnlyList<string> Warnings(string issuer, string preset, IReadOnlyList<ClaimCondition> conditions)
    {
        var warnings = new List<string>();
        if (preset is "github" or "gitlab" || issuer is "https://token.actions.githubusercontent.com" or "https://gitlab.com")
        {
            if (!conditions.Any(
                condition => Narrowing.Contains(condition.Claim, StringComparer.Ordinal) || NarrowsSubject(condition)))
            {
                warnings.Add(
                    "no condition names a branch, an environment or a workflow: every branch of the repository, and who may push to one, gets this account");
            }

            if (All.TryGetValue(issuer, out var shared)
                && !conditions.Any(condition => shared.Ids.Contains(condition.Claim, StringComparer.Ordinal)))
            {
                warnings.Add(
                    $"the owner is bound by its name, which can be given up and taken by somebody else: add a condition on {shared.Ids[0]}");
            }
        }

        return warnings;
    }

    private static bool BindsOwner(ClaimCondition condition, Shared shared) => condition.Claim switch
    {
        null => false,
        "sub" when condition.Glob is { } glob => shared.SubjectStart.Length > 0 && NamesOwner(glob, shared.SubjectStart),
        "sub" => true,
        var claim when shared.Ids.Contains(claim, StringComparer.Ordinal) => condition.Glob is null,
        var claim when shared.Names.Contains(claim, StringComparer.Ordinal) =>
            condition.Glob is not { } pattern || NamesOwner(pattern, ""),
        _ => false,
    };

    // The owner and the divider behind it stand there before the first star.
    private static bool NamesOwner(string glob, string start)
    {
        var literal = GlobPattern.LiteralStart(glob);
        return literal.StartsWith(start, StringComparison.Ordinal) && literal.AsSpan(start.Length).IndexOfAny('/', ':') > 0;
    }

    private static bool NarrowsSubject(ClaimCondition condition) => condition.Claim == "sub"
        && (condition.Values.Any(value => value.ValueKind == JsonValueKind.String)
            || (condition.Glob is { } glob && IsNarrow(glob)));

    // repo:owner/name:* and repo:owner/name:** are every branch; so is repo:owner/name:ref:**.
    private static bool IsNarrow(string glob)
    {
        var segments = glob.Split(':');
        return segments.Length > 2 && segments[^1].Replace("refs/heads/", "", StringComparison.Ordinal).Trim('*').Length > 0;
    }
}
