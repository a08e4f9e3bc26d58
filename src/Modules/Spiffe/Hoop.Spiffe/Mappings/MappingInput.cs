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

    /// <summary>What is about to be written; only of an input that has no problem (<see cref="MappingShape"/>).</summary>
    public Mapping Mapping(Guid id, Guid orgId) =>
        new(id, orgId, TrustDomain!, SpiffeId, SpiffePrefix, AgentUuid, AgentTemplate, Groups ?? [], default, default);

    private Guid? AgentUuid => AgentId is null ? null : Guid.ParseExact(AgentId, "D");

    private static string? Absent(string? text) => text is "" ? null : text;
}

/// <summary>Holds a request to the <see cref="MappingShape"/>.</summary>
internal abstract class MappingRules<TInput> : AbstractValidator<TInput>
    where TInput : MappingInput
{
    protected MappingRules(MappingShape shape)
    {
        ClassLevelCascadeMode = CascadeMode.Stop;

        // The shape says it too; stated here, the API's document knows what is required.
        RuleFor(input => input.TrustDomain).NotEmpty().WithMessage(MappingShape.NoTrustDomain).Malformed();
        RuleFor(input => input).Custom((input, context) =>
        {
            if (shape.Problem(input) is { } problem)
            {
                context.AddFailure(problem);
            }
        });
    }
}
