namespace Hoop.Shared.Callers;

/// <summary>
/// Verifies the JWT-SVIDs of an organization's trust domains, for modules below the one that has the trust domains.
/// </summary>
public interface IWorkloadProof
{
    /// <summary>Whose it is. It says nothing about an agent, or about any right.</summary>
    /// <param name="svid">As it was presented.</param>
    /// <param name="orgId">Trust domains of other organizations look unknown.</param>
    /// <param name="cancellationToken">Of the request.</param>
    Task<Verdict<ProvenWorkload>> Prove(string svid, Guid orgId, CancellationToken cancellationToken);
}

/// <param name="SpiffeId">Canonical.</param>
public sealed record ProvenWorkload(string SpiffeId);
