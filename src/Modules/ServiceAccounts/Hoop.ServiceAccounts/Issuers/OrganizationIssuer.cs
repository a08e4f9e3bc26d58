using Microsoft.Extensions.DependencyInjection;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>Which identity provider an organization has. The configured one belongs to the organization "default".</summary>
internal sealed class OrganizationIssuer(IServiceProvider services)
{
    private readonly IssuerOptions? _configured = services.GetService<IssuerOptions>();

    public string? Of(Guid orgId) => _configured is { } issuer && issuer.OrgId == orgId ? issuer.Issuer : null;
}
