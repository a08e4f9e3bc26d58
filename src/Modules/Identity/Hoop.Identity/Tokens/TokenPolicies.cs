using Hoop.Identity.AccessRules;
using Hoop.Identity.AclPolicies;

namespace Hoop.Identity.Tokens;

/// <summary>Which policies a new token has. Only sudo gives more than it has, and root comes from root alone.</summary>
internal static class TokenPolicies
{
    /// <param name="request">What is asked for.</param>
    /// <param name="role">May decide instead of the parent.</param>
    /// <param name="parent">The policies of whoever asks.</param>
    /// <param name="isSudo">Whether they may go beyond their own.</param>
    public static Result<string[]> Of(TokenRequest request, TokenRole? role, IReadOnlyCollection<string> parent, bool isSudo)
    {
        if (role is { DecidesPolicies: true })
        {
            return OfRole(request, role, parent);
        }

        string[] chosen;
        if (request.Policies.Length == 0)
        {
            chosen = With(parent, isDefault: false);
        }
        else if (isSudo)
        {
            chosen = With(request.Policies, isDefault: !request.NoDefaultPolicy);
        }
        else if (request.Policies.Except(parent, StringComparer.Ordinal).Any())
        {
            return Error.Invalid("child policies must be subset of parent", "not_subset");
        }
        else
        {
            chosen = With(request.Policies, isDefault: !request.NoDefaultPolicy && parent.Contains(DefaultPolicy.Name));
        }

        return Checked(request, role, chosen, parent);
    }

    private static Result<string[]> OfRole(TokenRequest request, TokenRole role, IReadOnlyCollection<string> parent)
    {
        var isDefault = !request.NoDefaultPolicy && !role.TokenNoDefaultPolicy && !IsDisallowed(role, DefaultPolicy.Name);
        var chosen = request.Policies.Length > 0 ? With(request.Policies, isDefault) : [];
        if (role.AllowedPolicies.Length + role.AllowedPoliciesGlob.Length > 0)
        {
            var allowed = With(role.AllowedPolicies, isDefault);
            chosen = chosen.Length == 0 ? allowed : chosen;
            if (chosen.Any(policy => !allowed.Contains(policy, StringComparer.Ordinal) && !Matches(role.AllowedPoliciesGlob, policy)))
            {
                return Error.Invalid(
                    $"token policies ({Shown(chosen)}) must be subset of the role's allowed policies ({Shown(allowed)}) or glob policies ({Shown(role.AllowedPoliciesGlob)})",
                    "not_subset");
            }
        }
        else if (chosen.Length == 0)
        {
            chosen = With(parent, isDefault);
        }

        return Array.Find(chosen, policy => IsDisallowed(role, policy)) is { } disallowed
            ? Error.Invalid($"token policy \"{disallowed}\" is disallowed by this role", "disallowed_policy")
            : Checked(request, role, chosen, parent);
    }

    private static Result<string[]> Checked(TokenRequest request, TokenRole? role, string[] chosen, IReadOnlyCollection<string> parent)
    {
        var final = request.NoDefaultPolicy || role is { TokenNoDefaultPolicy: true }
            ? [.. chosen.Where(policy => policy != DefaultPolicy.Name)]
            : chosen;
        return final.Contains(Acl.Root, StringComparer.Ordinal) && !parent.Contains(Acl.Root)
            ? Error.Invalid("root tokens may not be created without parent token being root", "not_root")
            : final;
    }

    // A root token needs no other policy, and Vault gives it none.
    private static string[] With(IReadOnlyCollection<string> policies, bool isDefault) => policies.Contains(Acl.Root)
        ? [Acl.Root]
        : [.. policies.Concat(isDefault ? [DefaultPolicy.Name] : []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static bool IsDisallowed(TokenRole role, string policy) =>
        role.DisallowedPolicies.Contains(policy, StringComparer.Ordinal) || Matches(role.DisallowedPoliciesGlob, policy);

    private static bool Matches(string[] globs, string policy) => Array.Exists(globs, glob => ParameterCheck.IsMatch(glob, policy));

    private static string Shown(IEnumerable<string> policies) => $"[{string.Join(' ', policies.Select(policy => $"\"{policy}\""))}]";
}
