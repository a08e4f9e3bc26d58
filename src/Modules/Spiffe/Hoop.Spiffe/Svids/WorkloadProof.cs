namespace Hoop.Spiffe.Svids;

/// <summary>A JWT-SVID is good whether or not a mapping leads it to an agent.</summary>
internal sealed class WorkloadProof(SvidAuthentication authentication) : IWorkloadProof
{
    public async Task<Verdict<ProvenWorkload>> Prove(string svid, Guid orgId, CancellationToken cancellationToken)
    {
        var outcome = await authentication.Authenticate(svid, orgId, all: false, cancellationToken);
        return outcome.Svid is { } proven ? new ProvenWorkload(proven.SpiffeId.Text) : outcome.Refused!;
    }
}
