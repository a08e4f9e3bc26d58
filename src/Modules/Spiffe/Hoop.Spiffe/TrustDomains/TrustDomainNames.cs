using Hoop.Identity.Contracts;
using Hoop.Shared;
using Hoop.Shared.Quotas;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// Whose a trust domain's name is. The bundle of a trust domain is public, so an organization that could take any name could take the
/// agents of another one along with it: a name is given by the operator or proven, and it stays with its organization until the
/// operator frees it.
/// </summary>
internal sealed class TrustDomainNames(Db db, ICaller caller, ISender sender, QuotaCheck quota, TrustDomainProof proof)
{
    public const string Earlier = "earlier";
    public const string ByOperator = "operator";
    public const string OnlyOrganization = "only_organization";
    public const string Proof = "proof";

    private const string HeldSql = """
        SELECT given_by
        FROM spiffe.trust_domain_names
        WHERE org_id = @OrgId AND name = @Name
        UNION ALL
        SELECT 'earlier'
        FROM spiffe.trust_domains
        WHERE org_id = @OrgId AND name = @Name
        LIMIT 1
        """;

    private const string TakeSql = """
        INSERT INTO spiffe.trust_domain_names (name, org_id, given_by)
        VALUES (@Name, @OrgId, @GivenBy)
        ON CONFLICT (name) DO NOTHING
        """;

    /// <summary>
    /// Lets the caller's organization use a name, taking it when it may. Null when it may; else what to answer, which is the same
    /// whoever holds it.
    /// </summary>
    public async Task<Error?> Claim(TrustDomainInput input, CancellationToken cancellationToken)
    {
        var organization = db.Of(caller.OrgId);
        var held = await organization.Find<string>(HeldSql, new { input.Name }, cancellationToken);
        if (held is not null and not Proof)
        {
            return null;
        }

        if (await Right(input, cancellationToken) is not { } right)
        {
            return TrustDomainErrors.NotGiven(input.Name!, caller.OrgId, proof.Problem(input, caller.OrgId));
        }

        if (held is not null)
        {
            return null;
        }

        if (await quota.Refuses(caller.OrgId, SpiffeQuotas.TrustDomains, cancellationToken) is { } full)
        {
            return full;
        }

        return await organization.Execute(TakeSql, new { input.Name, GivenBy = right }, cancellationToken) == 1
            ? null
            : TrustDomainErrors.NameTaken;
    }

    /// <summary>Before a trust domain goes or changes its name: the old one stays with the organization.</summary>
    public Task Keep(string name, CancellationToken cancellationToken) =>
        db.Of(caller.OrgId).Execute(TakeSql, new { Name = name, GivenBy = Earlier }, cancellationToken);

    private async Task<string?> Right(TrustDomainInput input, CancellationToken cancellationToken) =>
        caller.Current?.Kind == CallerKind.Operator ? ByOperator
        : caller.OrgId == DefaultOrganization.Id
            && await sender.Send(new IsOnlyOrganization(caller.OrgId), cancellationToken) ? OnlyOrganization
        : proof.Problem(input, caller.OrgId) is null ? Proof
        : null;
}
