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

        if (policy.Template.IsBare)
        {
            yield return $"identity_target_template {policy.Template.Text} is the user's own name, and service accounts are not resolved as users: no session can work. "
                + $"Write {{user.email_local}}@{policy.HomeDomain}";
        }

        if (policy.Template.IsConstant)
        {
            yield return "identity_target_template has no placeholder: the first user owns the account, and all others are refused (principal_taken)";
        }

        if (policy.EmailDomains is { Count: 0 })
        {
            yield return "extra_config.allowed_email_domains is empty: nobody may come";
        }

        foreach (var key in PolicyRules.UnknownKeys(policy.ExtraConfig))
        {
            yield return $"extra_config.{key} means nothing to {CheckedPolicy.Provider}; it was stored by an earlier version and will be refused at the next change";
        }
    }
}
