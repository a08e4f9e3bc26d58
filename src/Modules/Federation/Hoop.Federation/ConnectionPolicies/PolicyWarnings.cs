namespace Hoop.Federation.ConnectionPolicies;

/// <summary>What works and may surprise: said by <c>set</c>, <c>get</c> and <c>test</c> alike.</summary>
internal static class PolicyWarnings
{
    /// <param name="userDomain">The domain of a user who is known to come, or null.</param>
    public static IEnumerable<string> Of(CheckedPolicy policy, string? userDomain)
    {
        if (policy.Template.DropsDomain && policy.EmailDomains is null)
        {
            yield return "{user.email_local} drops the domain: of two users with the same local part, the first one owns the account and the other is refused (principal_taken). "
                + $"Say whose users may come; the line to add to extra_config: allowed_email_domains: [{userDomain ?? "example.com"}]";
        }

        foreach (var warning in policy.Provider.Warnings(policy.Template, policy.ExtraConfig))
        {
            yield return warning;
        }

        if (policy.Template.IsConstant && policy.Provider.IsOwned(policy.Template))
        {
            yield return "identity_target_template has no placeholder: the first user owns the account, and all others are refused (principal_taken)";
        }

        if (policy.EmailDomains is { Count: 0 })
        {
            yield return "extra_config.allowed_email_domains is empty: nobody may come";
        }

        foreach (var key in PolicyRules.UnknownKeys(policy.Provider, policy.ExtraConfig))
        {
            yield return $"extra_config.{key} means nothing to {policy.Provider.Name}; it was stored by an earlier version and will be refused at the next change";
        }
    }
}
