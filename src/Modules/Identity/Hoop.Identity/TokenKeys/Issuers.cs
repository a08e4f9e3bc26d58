using Hoop.Identity.Contracts;
using Hoop.Shared;

namespace Hoop.Identity.TokenKeys;

/// <summary>
/// The <c>iss</c> of an organization's tokens, below which its documents are found. It holds the organization's id: a name can be given up
/// and taken by somebody else, whom every cloud that trusts the address would then believe (docs/adr/0019).
/// </summary>
internal sealed class Issuers(PublicAddress address)
{
    /// <summary>
    /// Behind the address. The organization "default" is never deleted or renamed, and has the path of Vault's root namespace.
    /// </summary>
    public static string PathOf(Guid orgId) => orgId == DefaultOrganization.Id ? "/v1/identity/oidc" : $"/v1/{orgId:D}/identity/oidc";

    /// <param name="orgId">Whose.</param>
    /// <param name="configured">Scheme, host and port; empty for the gateway's own.</param>
    public string Of(Guid orgId, string configured) => (configured.Length > 0 ? configured : address.Text) + PathOf(orgId);
}

internal sealed class GetIdentityIssuerHandler(Db db, Issuers issuers) : IRequestHandler<GetIdentityIssuer, string>
{
    private const string FindSql = """
        SELECT issuer
        FROM identity.oidc_config
        WHERE org_id = @OrgId
        """;

    public async Task<string> Handle(GetIdentityIssuer request, CancellationToken cancellationToken) => issuers.Of(
        request.OrgId, await db.Of(request.OrgId).Find<string>(FindSql, args: null, cancellationToken) ?? "");
}
