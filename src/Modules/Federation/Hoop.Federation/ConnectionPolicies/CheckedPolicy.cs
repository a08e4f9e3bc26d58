using Hoop.Federation.Principals;
using Hoop.Federation.Providers;

namespace Hoop.Federation.ConnectionPolicies;

internal enum Fallback
{
    Deny,
    Readonly,
}

/// <summary>
/// A policy that obeys every rule: what PUT stores, what a dry run tries and what a session runs on are made by the same check, so a rule
/// added later also binds what was stored before.
/// </summary>
internal sealed record CheckedPolicy
{
    public const int DefaultTtlSeconds = 3600;
    public const int MaxTtlSeconds = 43200;

    private const string DefaultSource = "email";
    private const string DefaultTemplate = "{user.email}";

    private CheckedPolicy()
    {
    }

    public required IProvider Provider { get; init; }

    /// <summary>As the client wrote it; <c>email</c> when it did not.</summary>
    public required string Source { get; init; }

    public required PrincipalTemplate Template { get; init; }

    public required Fallback Fallback { get; init; }

    public required Principal? ReadonlyPrincipal { get; init; }

    public required TimeSpan Lifetime { get; init; }

    /// <summary>Lower case; null when every domain may come.</summary>
    public required IReadOnlyList<string>? EmailDomains { get; init; }

    public required ExtraConfig ExtraConfig { get; init; }

    /// <summary>
    /// A posted policy, which may hold nothing that this gateway does not know: a misspelt restriction would restrict nothing.
    /// </summary>
    public static Result<CheckedPolicy> From(PolicyBody body, ProviderSet providers) =>
        PolicyRules.Unknown(body, providers) is { } unknown ? Error.Malformed(unknown) : FromStored(body, providers);

    /// <summary>The same rules without that one: a key that an earlier version let pass does not end the sessions of today.</summary>
    public static Result<CheckedPolicy> FromStored(PolicyBody body, ProviderSet providers)
    {
        if (PolicyRules.Problem(body, providers) is { } problem)
        {
            return Error.Malformed(problem);
        }

        var provider = providers.Find(body.BuiltinProvider!)!;
        var lifetime = TimeSpan.FromSeconds(body.TokenTtlSeconds is > 0 and var seconds ? seconds : DefaultTtlSeconds);

        var source = OrDefault(body.IdentitySourceAttribute, DefaultSource);
        var extra = body.ExtraConfig ?? ExtraConfig.Empty;
        if ((PolicyRules.ProblemOfSource(source) ?? provider.Problem(extra, lifetime) ?? PolicyRules.ProblemOfDomains(extra)) is { } wrong)
        {
            return Error.Malformed(wrong);
        }

        var shape = OrDefault(body.IdentityTargetTemplate, DefaultTemplate);
        if (!PrincipalTemplate.Parse(shape, parsed => provider.Problem(parsed, extra)).Succeeded(out var template, out var error))
        {
            return Error.Malformed($"identity template validation failed: {error.Message}");
        }

        Principal? readonlyPrincipal = null;
        if (!string.IsNullOrEmpty(body.ReadonlyPrincipal)
            && !provider.PrincipalOf(body.ReadonlyPrincipal, template: null, extra).Succeeded(out readonlyPrincipal, out error))
        {
            return Error.Malformed($"readonly_principal: {error.Message}");
        }

        return new CheckedPolicy
        {
            Provider = provider,
            Source = source,
            Template = template,
            Fallback = body.FallbackPolicy == "readonly" ? Fallback.Readonly : Fallback.Deny,
            ReadonlyPrincipal = readonlyPrincipal,
            Lifetime = lifetime,
            EmailDomains = extra.List("allowed_email_domains")?.Select(item => item.ToLowerInvariant()).ToArray(),
            ExtraConfig = extra,
        };
    }

    /// <summary>The account of this user, or why there is none.</summary>
    public Result<Principal> PrincipalOf(SessionUser user)
    {
        if ((Source is "id" or "$.user.id" ? user.Id : user.Email).Length == 0)
        {
            return Error.Invalid(
                $"identity mapping failed: identity source attribute \"{Source}\" resolved to empty value; an API token has no address: "
                    + "sign in as a person, or let the policy use the user's id",
                "identity_mapping_failed");
        }

        if (user.IsServiceAccount)
        {
            return Error.Denied(
                "identity mapping failed: the user's own address is a service account, and those act as themselves",
                "user_is_service_account");
        }

        if (EmailDomains is not null && !(EmailAddress.TryParse(user.Email, out var address) && EmailDomains.Contains(address.Domain)))
        {
            return Error.Denied(
                "identity mapping failed: the domain of the user's email is not in extra_config.allowed_email_domains",
                "email_domain_not_allowed");
        }

        if (!Template.Render(user).Succeeded(out var rendered, out var error)
            || !Provider.PrincipalOf(rendered, Template, ExtraConfig).Succeeded(out var principal, out error))
        {
            return error;
        }

        return principal.Name == ReadonlyPrincipal?.Name
            ? Error.Denied(
                $"principal \"{principal}\" is the policy's readonly_principal, which many may share; no user owns it",
                PrincipalOwners.Taken)
            : principal;
    }

    private static string OrDefault(string? text, string fallback) => string.IsNullOrEmpty(text) ? fallback : text;
}
