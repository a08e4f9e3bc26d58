using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>The organization with this id, or null.</summary>
public sealed record GetOrganization(Guid Id) : IRequest<OrganizationSummary?>;

/// <summary>The organization with this name (compared byte for byte), or null.</summary>
public sealed record FindOrganization(string Name) : IRequest<OrganizationSummary?>;

public sealed record OrganizationSummary(Guid Id, string Name);
