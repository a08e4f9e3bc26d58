using FluentValidation.Results;
using Hoop.Shared;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// What a mapping must look like. The first four texts and their order are those of the hoop API; then come the rules that hoop leaves to
/// the moment of authentication. Written plainly, because an import asks it about each of a million lines.
/// </summary>
internal sealed class MappingShape(SpiffeOptions options, TemplateCache templates)
{
    public const string NoTrustDomain = "trust_domain is required";

    /// <summary>The first rule that is broken; null when none is.</summary>
    public ValidationFailure? Problem(MappingInput input) =>
        string.IsNullOrWhiteSpace(input.TrustDomain)
            ? new ValidationFailure("trust_domain", NoTrustDomain) { CustomState = ErrorKind.Malformed }
        : (input.SpiffeId is null) == (input.SpiffePrefix is null)
            ? new ValidationFailure("spiffe_id", "exactly one of spiffe_id or spiffe_prefix must be set")
        : !HasScheme(input.SpiffeId) ? new ValidationFailure("spiffe_id", "spiffe_id must start with spiffe://")
        : !HasScheme(input.SpiffePrefix) ? new ValidationFailure("spiffe_prefix", "spiffe_prefix must start with spiffe://")
        : (input.AgentId is null) == (input.AgentTemplate is null)
            ? new ValidationFailure("agent_id", "exactly one of agent_id or agent_template must be set")
        : Problem("trust_domain", TrustDomain.TryParse(input.TrustDomain, out _, out var reason) ? null : reason)
            ?? Problem("spiffe_id", IdProblem(input.SpiffeId, input.TrustDomain))
            ?? Problem("spiffe_prefix", PrefixProblem(input.SpiffePrefix, input.TrustDomain))
            ?? Problem("agent_id", input.AgentId is null || StrictUuid.TryParse(input.AgentId, out _) ? null : "must be a UUID")
            ?? Problem("agent_template", TemplateProblem(input.AgentTemplate))
            ?? Problem("groups", GroupNames.Problem(input.Groups));

    private static ValidationFailure? Problem(string field, string? problem) =>
        problem is null ? null : new ValidationFailure(field, $"{field}: {problem}");

    private static bool HasScheme(string? text) => text is null || text.StartsWith(SpiffeId.Scheme, StringComparison.Ordinal);

    private static string? IdProblem(string? text, string trustDomain) =>
        text is null ? null
        : !SpiffeId.TryParse(text, out var id, out var reason) ? reason
        : id.TrustDomain.Name != trustDomain ? $"belongs to the trust domain {id.TrustDomain}, not to {trustDomain}"
        : null;

    private string? PrefixProblem(string? text, string trustDomain) =>
        text is null ? null
        : !SpiffePrefix.TryParse(text, out var prefix, out var reason) ? reason
        : prefix.TrustDomain.Name != trustDomain ? $"must begin with spiffe://{trustDomain}/"
        : options.RequirePrefixBoundary && !prefix.EndsAtBoundary
            ? "must end with a slash, or it matches sibling names too (HOOP_SPIFFE_PREFIX_BOUNDARY=required)"
        : null;

    private string? TemplateProblem(string? text) => text is null || templates.TryGet(text, out _, out var error) ? null : error;
}
