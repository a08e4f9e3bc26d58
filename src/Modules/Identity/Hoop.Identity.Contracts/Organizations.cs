using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>The organization with this id, or null.</summary>
public sealed record GetOrganization(Guid Id) : IRequest<OrganizationSummary?>;

/// <summary>The organization with this name (compared byte for byte), or null.</summary>
public sealed record FindOrganization(string Name) : IRequest<OrganizationSummary?>;

/// <summary>Whether there is no other organization than this one.</summary>
public sealed record IsOnlyOrganization(Guid Id) : IRequest<bool>;

public sealed record OrganizationSummary(Guid Id, string Name);
