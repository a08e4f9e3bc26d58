using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>Is the feature switched on for the organization? Unknown flags are off.</summary>
public sealed record IsFeatureEnabled(Guid OrgId, string Name) : IRequest<bool>;
