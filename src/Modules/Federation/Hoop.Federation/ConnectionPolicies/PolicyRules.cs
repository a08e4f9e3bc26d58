using Hoop.Federation.Principals;
using Hoop.Federation.Providers;
using Hoop.Shared;
using Hoop.Shared.Text;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>The rules about single members of a policy, in the order and with the messages of the API document.</summary>
internal static class PolicyRules
{
    public static string? Problem(PolicyBody body, ProviderSet providers) => body switch
    {
        { HookSource: null or "" } => "hook_source is required",
        { HookSource: not "builtin" } => "hook_source must be \"builtin\"",
        { BuiltinProvider: null or "" } => "builtin_provider is required when hook_source=builtin",
        _ when providers.Find(body.BuiltinProvider) is null => $"unknown builtin_provider \"{Printable.Word(body.BuiltinProvider)}\"",
        { FallbackPolicy: "readonly", ReadonlyPrincipal: null or "" } => "readonly_principal is required when fallback_policy=readonly",
        { FallbackPolicy: not (null or "" or "deny" or "readonly") } => "fallback_policy must be one of: deny, readonly",
        { TokenTtlSeconds: < 0 or > CheckedPolicy.MaxTtlSeconds } =>
            $"token_ttl_seconds must be between 1 and {CheckedPolicy.MaxTtlSeconds}",
        _ => null,
    };

    public static string? ProblemOfSource(string source) => source is "email" or "id" or "$.user.email" or "$.user.id"
        ? null
        : $"identity template validation failed: unsupported identity source attribute \"{Printable.Word(source)}\" (supported: email, id, $.user.email, $.user.id)";

    public static string? ProblemOfDomains(ExtraConfig extra) =>
        extra.Has("allowed_email_domains") && extra.List("allowed_email_domains")?.All(EmailAddress.IsDomain) != true
            ? "extra_config.allowed_email_domains: must be a list of domains such as example.com"
            : null;

    /// <summary>The first key that nothing here reads, with the one that was probably meant.</summary>
    public static string? Unknown(PolicyBody body, ProviderSet providers)
    {
        if (body.Unknown?.Keys.FirstOrDefault(name => !PolicyBody.ServerMembers.Contains(name)) is { } member)
        {
            return $"unknown member \"{Printable.Word(member)}\"{NearestName.Hint(member, PolicyBody.ClientMembers)}";
        }

        return providers.Find(body.BuiltinProvider ?? "") is { } provider
            && UnknownKeys(provider, body.ExtraConfig).FirstOrDefault() is { } key
                ? $"extra_config.{Printable.Word(key)}: {provider.Name} knows no such key{NearestName.Hint(key, provider.ExtraKeys)}"
                : null;
    }

    public static IEnumerable<string> UnknownKeys(IProvider provider, ExtraConfig? extra) =>
        (extra?.Names ?? []).Except(provider.ExtraKeys, StringComparer.Ordinal);
}
