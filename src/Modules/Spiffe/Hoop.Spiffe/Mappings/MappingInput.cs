using Hoop.Shared;

namespace Hoop.Spiffe.Mappings;

/// <summary>The body of create and update. Of the four optional texts an empty one counts as absent.</summary>
internal abstract record MappingInput
{
    /// <summary>SPIFFE trust domain of the identity. It must be configured for authentication to succeed.</summary>
    /// <example>customer.com</example>
    public string? TrustDomain { get; init; }

    /// <summary>Exact SPIFFE ID to match. Excludes spiffe_prefix.</summary>
    /// <example>spiffe://customer.com/agent/arqa-prod</example>
    public string? SpiffeId { get; init => field = Absent(value); }

    /// <summary>Matches every SPIFFE ID that begins with it; the longest one wins. Excludes spiffe_id.</summary>
    /// <example>spiffe://customer.com/agent/</example>
    public string? SpiffePrefix { get; init => field = Absent(value); }

    /// <summary>Id of the agent that the identity is. Excludes agent_template.</summary>
    /// <example>3c90c3cc-0d44-4b50-8888-8dd25736052a</example>
    public string? AgentId { get; init => field = Absent(value); }

    /// <summary>Go text/template that renders to the name of an agent. Excludes agent_id.</summary>
    /// <example>{{.WorkloadIdentifier}}</example>
    public string? AgentTemplate { get; init => field = Absent(value); }

    /// <summary>The groups that the agent has when it signs in by this mapping.</summary>
    /// <example>["agents"]</example>
    public string[]? Groups { get; init; }

    /// <summary>What is about to be written; only of an input that passed <see cref="MappingRules{TInput}"/>.</summary>
    public Mapping Mapping(Guid id, Guid orgId) =>
        new(id, orgId, TrustDomain!, SpiffeId, SpiffePrefix, AgentUuid, AgentTemplate, Groups ?? [], default, default);

    private Guid? AgentUuid => AgentId is null ? null : Guid.ParseExact(AgentId, "D");

    private static string? Absent(string? text) => text is "" ? null : text;
}

/// <summary>
/// What a mapping must look like. The first four texts and their order are those of the hoop API; then come the rules that hoop leaves to
/// the moment of authentication. The first broken rule answers.
/// </summary>
internal abstract class MappingRules<TInput> : AbstractValidator<TInput>
    where TInput : MappingInput
{
    protected MappingRules(SpiffeOptions options)
    {
        ClassLevelCascadeMode = CascadeMode.Stop;
        RuleFor(input => input.TrustDomain).NotEmpty().WithMessage("trust_domain is required").Malformed();
        RuleFor(input => input.SpiffeId).Must(
            (input, id) => id is null != input.SpiffePrefix is null).WithMessage("exactly one of spiffe_id or spiffe_prefix must be set");
        RuleFor(input => input.SpiffeId).Must(HasScheme).WithMessage("spiffe_id must start with spiffe://");
        RuleFor(input => input.SpiffePrefix).Must(HasScheme).WithMessage("spiffe_prefix must start with spiffe://");
        RuleFor(input => input.AgentId).Must(
            (input, id) => id is null != input.AgentTemplate is null).WithMessage("exactly one of agent_id or agent_template must be set");

        RuleFor(input => input.TrustDomain).Custom(
            (name, context) => Report(context, "trust_domain", Spiffe.TrustDomain.TryParse(name, out _, out var reason) ? null : reason));
        RuleFor(input => input.SpiffeId).Custom(
            (id, context) => Report(context, "spiffe_id", IdProblem(id, context.InstanceToValidate.TrustDomain!)));
        RuleFor(input => input.SpiffePrefix).Custom(
            (prefix, context) => Report(context, "spiffe_prefix",
                PrefixProblem(prefix, context.InstanceToValidate.TrustDomain!, options.RequirePrefixBoundary)));
        RuleFor(input => input.AgentId).Must(id => id is null || StrictUuid.TryParse(id, out _)).WithMessage("agent_id: must be a UUID");
        RuleFor(input => input.AgentTemplate).Custom((template, context) => Report(context, "agent_template", TemplateProblem(template)));
        RuleFor(input => input.Groups).Custom((groups, context) => Report(context, "groups", GroupNames.Problem(groups)));
    }

    private static bool HasScheme(string? text) => text is null || text.StartsWith(Spiffe.SpiffeId.Scheme, StringComparison.Ordinal);

    private static string? IdProblem(string? text, string trustDomain) =>
        text is null ? null
        : !Spiffe.SpiffeId.TryParse(text, out var id, out var reason) ? reason
        : id.TrustDomain.Name != trustDomain ? $"belongs to the trust domain {id.TrustDomain}, not to {trustDomain}"
        : null;

    private static string? PrefixProblem(string? text, string trustDomain, bool requireBoundary) =>
        text is null ? null
        : !Spiffe.SpiffePrefix.TryParse(text, out var prefix, out var reason) ? reason
        : prefix.TrustDomain.Name != trustDomain ? $"must begin with spiffe://{trustDomain}/"
        : requireBoundary
            && !prefix.EndsAtBoundary ? "must end with a slash, or it matches sibling names too (HOOP_SPIFFE_PREFIX_BOUNDARY=required)"
        : null;

    private static string? TemplateProblem(string? text) =>
        text is null ? null : Mappings.AgentTemplate.TryParse(text, out _, out var error) ? null : error.ToString();

    private static void Report(ValidationContext<TInput> context, string field, string? problem)
    {
        if (problem is not null)
        {
            context.AddFailure(field, $"{field}: {problem}");
        }
    }
}
