namespace Hoop.ServiceAccounts.Issuers;

/// <summary>Which identity provider an organization has. The configured one belongs to the organization "default".</summary>
internal sealed class OrganizationIssuer(IssuerOptions options)
{
    public string? Of(Guid orgId) => options.Enabled && options.OrgId == orgId ? options.Issuer : null;
}
