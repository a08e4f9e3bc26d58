using Hoop.Federation.Principals;
using Hoop.Shared.Text;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>The rules about single members of a policy, in the order and with the messages of the API document.</summary>
internal static class PolicyRules
{
    private static readonly string[] ExtraKeys = ["project_id", "allowed_projects", "allowed_email_domains"];

    public static string? Problem(PolicyBody body) => body switch
    {
        { HookSource: null or "" } => "hook_source is required",
        { HookSource: not "builtin" } => "hook_source must be \"builtin\"",
        { BuiltinProvider: null or "" } => "builtin_provider is required when hook_source=builtin",
        { BuiltinProvider: not CheckedPolicy.Provider } => $"unknown builtin_provider \"{Printable.Word(body.BuiltinProvider)}\"",
        { FallbackPolicy: "readonly", ReadonlyPrincipal: null or "" } => "readonly_principal is required when fallback_policy=readonly",
        { FallbackPolicy: not (null or "" or "deny" or "readonly") } => "fallback_policy must be one of: deny, readonly",
        { TokenTtlSeconds: < 0 or > CheckedPolicy.MaxTtlSeconds } =>
            $"token_ttl_seconds must be between 1 and {CheckedPolicy.MaxTtlSeconds}",
        _ => null,
    };

    public static string? ProblemOfSource(string source) => source is "email" or "id" or "$.user.email" or "$.user.id"
        ? null
        : $"identity template validation failed: unsupported identity source attribute \"{Printable.Word(source)}\" (supported: email, id, $.user.email, $.user.id)";

    public static string? Problem(ExtraConfig extra) => extra switch
    {
        _ when extra.IsNumber("project_id") =>
            "extra_config.project_id: a project id is a text such as my-proj, not a number; the number of a project does not name it here",
        _ when string.IsNullOrEmpty(extra.Text("project_id")) => "extra_config.project_id is required for gcp_iam federation",
        _ when !CloudPrincipal.IsProjectId(extra.Text("project_id")!) =>
            "extra_config.project_id: must be a Google project id such as my-proj",
        _ when extra.Has("allowed_projects") && extra.List("allowed_projects")?.All(CloudPrincipal.IsProjectId) != true =>
            "extra_config.allowed_projects: must be a list of Google project ids",
        _ when extra.Has("allowed_email_domains") && extra.List("allowed_email_domains")?.All(EmailAddress.IsDomain) != true =>
            "extra_config.allowed_email_domains: must be a list of domains such as example.com",
        _ => null,
    };

    /// <summary>The first key that nothing here reads, with the one that was probably meant.</summary>
    public static string? Unknown(PolicyBody body)
    {
        if (body.Unknown?.Keys.FirstOrDefault(name => !PolicyBody.ServerMembers.Contains(name)) is { } member)
        {
            return $"unknown member \"{Printable.Word(member)}\"{Nearest.Hint(member, PolicyBody.ClientMembers)}";
        }

        return body.BuiltinProvider == CheckedPolicy.Provider && UnknownKeys(body.ExtraConfig).FirstOrDefault() is { } key
            ? $"extra_config.{Printable.Word(key)}: {CheckedPolicy.Provider} knows no such key{Nearest.Hint(key, ExtraKeys)}"
            : null;
    }

    public static IEnumerable<string> UnknownKeys(ExtraConfig? extra) => (extra?.Names ?? []).Except(ExtraKeys, StringComparer.Ordinal);
}
