using Hoop.Federation.Principals;

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
internal sealed record FederationPolicy
{
    public const string Provider = "gcp_iam";
    public const int DefaultTtlSeconds = 3600;
    public const int MaxTtlSeconds = 43200;

    private const string DefaultSource = "email";
    private const string DefaultTemplate = "{user.email}";

    private FederationPolicy()
    {
    }

    /// <summary>As the client wrote it; <c>email</c> when it did not.</summary>
    public required string Source { get; init; }

    public required PrincipalTemplate Template { get; init; }

    public required Fallback Fallback { get; init; }

    public required CloudPrincipal? ReadonlyPrincipal { get; init; }

    public required TimeSpan Lifetime { get; init; }

    public required string ProjectId { get; init; }

    /// <summary>The project and <c>extra_config.allowed_projects</c>.</summary>
    public required IReadOnlyList<string> Projects { get; init; }

    /// <summary>Lower case; null when every domain may come.</summary>
    public required IReadOnlyList<string>? EmailDomains { get; init; }

    public required ExtraConfig ExtraConfig { get; init; }

    /// <summary>In the order and with the messages of the API document.</summary>
    public static Result<FederationPolicy> From(PolicyBody body)
    {
        if (Problem(body) is { } problem)
        {
            return Error.Malformed(problem);
        }

        var source = OrDefault(body.IdentitySourceAttribute, DefaultSource);
        if (source is not ("email" or "id" or "$.user.email" or "$.user.id"))
        {
            return Error.Malformed($"identity template validation failed: unsupported identity source attribute \"{Clean(source)}\" (supported: email, id, $.user.email, $.user.id)");
        }

        if (!PrincipalTemplate.Parse(OrDefault(body.IdentityTargetTemplate, DefaultTemplate)).Succeeded(out var template, out var error))
        {
            return Error.Malformed($"identity template validation failed: {error.Message}");
        }

        var extra = body.ExtraConfig ?? ExtraConfig.Empty;
        if (ProblemOf(extra) is { } wrong)
        {
            return Error.Malformed(wrong);
        }

        string[] projects = [extra.Text("project_id")!, .. extra.List("allowed_projects") ?? []];
        if (template.LiteralDomain is { } domain && !projects.Any(project => CloudPrincipal.DomainOf(project) == domain))
        {
            return Error.Malformed($"identity template validation failed: identity target template must end in @{CloudPrincipal.DomainOf(projects[0])}, or extra_config.allowed_projects must list its project");
        }

        CloudPrincipal? readonlyPrincipal = null;
        if (!string.IsNullOrEmpty(body.ReadonlyPrincipal) && !CloudPrincipal.Parse(body.ReadonlyPrincipal, projects).Succeeded(out readonlyPrincipal, out error))
        {
            return Error.Malformed($"readonly_principal: {error.Message}");
        }

        return new FederationPolicy
        {
            Source = source,
            Template = template,
            Fallback = body.FallbackPolicy == "readonly" ? Fallback.Readonly : Fallback.Deny,
            ReadonlyPrincipal = readonlyPrincipal,
            Lifetime = TimeSpan.FromSeconds(body.TokenTtlSeconds is null or 0 ? DefaultTtlSeconds : body.TokenTtlSeconds.Value),
            ProjectId = projects[0],
            Projects = projects,
            EmailDomains = extra.List("allowed_email_domains")?.Select(item => item.ToLowerInvariant()).ToArray(),
            ExtraConfig = extra,
        };
    }

    /// <summary>The account of this user, or why there is none.</summary>
    public Result<CloudPrincipal> PrincipalOf(SessionUser user)
    {
        if ((Source is "id" or "$.user.id" ? user.Id : user.Email).Length == 0)
        {
            return Error.Invalid($"identity mapping failed: identity source attribute \"{Source}\" resolved to empty value", "identity_mapping_failed");
        }

        if (EmailDomains is not null && !(EmailAddress.TryParse(user.Email, out var address) && EmailDomains.Contains(address.Domain)))
        {
            return Error.Denied("identity mapping failed: the domain of the user's email is not in extra_config.allowed_email_domains", "email_domain_not_allowed");
        }

        return Template.Render(user).Succeeded(out var rendered, out var error) ? CloudPrincipal.Parse(rendered, Projects) : error;
    }

    private static string? Problem(PolicyBody body) => body switch
    {
        { HookSource: null or "" } => "hook_source is required",
        { HookSource: not "builtin" } => "hook_source must be \"builtin\"",
        { BuiltinProvider: null or "" } => "builtin_provider is required when hook_source=builtin",
        { BuiltinProvider: not Provider } => $"unknown builtin_provider \"{Clean(body.BuiltinProvider)}\"",
        { FallbackPolicy: "readonly", ReadonlyPrincipal: null or "" } => "readonly_principal is required when fallback_policy=readonly",
        { FallbackPolicy: not (null or "" or "deny" or "readonly") } => "fallback_policy must be one of: deny, readonly",
        { TokenTtlSeconds: < 0 or > MaxTtlSeconds } => $"token_ttl_seconds must be between 1 and {MaxTtlSeconds}",
        _ => null,
    };

    private static string? ProblemOf(ExtraConfig extra) => extra switch
    {
        _ when string.IsNullOrEmpty(extra.Text("project_id")) => "extra_config.project_id is required for gcp_iam federation",
        _ when !CloudPrincipal.IsProjectId(extra.Text("project_id")!) => "extra_config.project_id: must be a Google project id such as my-proj",
        _ when extra.Has("allowed_projects") && extra.List("allowed_projects")?.All(CloudPrincipal.IsProjectId) != true => "extra_config.allowed_projects: must be a list of Google project ids",
        _ when extra.Has("allowed_email_domains") && extra.List("allowed_email_domains")?.All(EmailAddress.IsDomain) != true => "extra_config.allowed_email_domains: must be a list of domains such as example.com",
        _ => null,
    };

    private static string OrDefault(string? text, string fallback) => string.IsNullOrEmpty(text) ? fallback : text;

    private static string Clean(string text) => string.Concat(text.Take(64).Select(character => char.IsControl(character) ? '?' : character));
}
