using Hoop.Shared.Jose;
using Hoop.Shared.Sources;
using Hoop.Spiffe.Mappings;
using Hoop.Spiffe.TrustDomains;

namespace Hoop.Spiffe.Svids;

/// <summary>
/// From a JWT-SVID to an agent: verify it with the keys of its trust domain, take the organization from the trust domain, look the
/// mapping up. What the answer rests on is declared, so that whoever asked may remember it.
/// </summary>
internal sealed class SvidAuthentication(
    TrustDomainDirectory directory,
    SpiffeOptions options,
    JwtSvidOptions rules,
    SvidCache cache,
    SignatureGate gate,
    TimeProvider clock,
    Dependencies on,
    MappingLookup mappings)
{
    /// <param name="token">As it was presented.</param>
    /// <param name="orgId">When given, trust domains of other organizations look unknown.</param>
    /// <param name="all">Finds all matching mappings, not only the winner.</param>
    /// <param name="known">The token, or who brings it, was proven before: it does not wait with strangers.</param>
    public async Task<SvidOutcome> Authenticate(
        string token, Guid? orgId, bool all, CancellationToken cancellationToken, bool known = false)
    {
        if (!options.Enforced)
        {
            return new SvidOutcome(SpiffeOptions.SwitchedOff);
        }

        // The second round is for a table or a bundle that had just changed; there is no third.
        for (var last = false; ; last = true)
        {
            var (domains, bundles) = (on.On(StoredTrustDomain.Topic), on.On(StoredTrustDomain.Topic));
            var view = new BundleView(directory, orgId);
            var verifier = new JwtSvidVerifier(view, rules, clock, cache);
            var verdict = known ? verifier.Verify(token)
                : verifier.Precheck(token, out var keys) ?? await gate.Prove(token, keys!, () => verifier.Verify(token), cancellationToken);
            if (!verdict.Accepted)
            {
                if (!last && await view.CatchUp(verdict.Refusal.Code, cancellationToken))
                {
                    continue;
                }

                return new SvidOutcome(verdict.Refusal);
            }

            domains.Key(ChangeKey.Of(view.Used!.OrgId));
            bundles.Key(SourceChange.LoadedOf(view.Used.Name.Name));
            if (view.Used.Keys.Snapshot.UsableFor is { } left)
            {
                on.NoLongerThan(left);
            }

            var found = await mappings.Resolve(view.Used!.OrgId, verdict.Proven.SpiffeId, all, cancellationToken);
            if (found.Mapping is null || view.Used.IsCurrent(found.TrustDomainVersion))
            {
                return new SvidOutcome(found.Refused, verdict.Proven, view.Used.OrgId, found);
            }

            if (last)
            {
                return new SvidOutcome(new Refusal(TokenRefusalCodes.Busy, "the trust domain is being changed"));
            }

            await directory.Reread(cancellationToken);
        }
    }

    /// <summary>The trust domains of one look at the table, and which of them a verification used.</summary>
    private sealed class BundleView(TrustDomainDirectory directory, Guid? orgId) : IBundles
    {
        private TrustDomain? _asked;

        public TrustDomainEntry? Used { get; private set; }

        public Bundle? Find(TrustDomain trustDomain)
        {
            // Asked twice in one verification; both answers come from the same entry.
            if (Used?.Name != trustDomain)
            {
                _asked = trustDomain;
                Used = directory.Find(trustDomain.Name) is { } entry && (orgId is null || entry.OrgId == orgId) ? entry : null;
            }

            return Used?.Bundle;
        }

        public bool Knows(TrustDomain trustDomain) => Used?.Name == trustDomain;

        /// <summary>True when there may be something new to verify with.</summary>
        public async Task<bool> CatchUp(string code, CancellationToken cancellationToken)
        {
            if (code is not (TokenRefusalCodes.TrustDomain or TokenRefusalCodes.UnknownKey or TokenRefusalCodes.NoKeys) || _asked is null)
            {
                return false;
            }

            if (Used is not { } entry)
            {
                return await directory.CatchUp(cancellationToken);
            }

            var before = entry.Keys.Snapshot.Version;
            return (await entry.Keys.RequestRefresh(cancellationToken)).Version != before;
        }
    }
}

/// <summary>What a token led to.</summary>
/// <param name="Refused">Null when it led to an agent.</param>
/// <param name="Svid">Null when the token itself was refused.</param>
/// <param name="OrgId">The organization of the trust domain.</param>
/// <param name="Resolution">What the identity led to; null when the token itself was refused.</param>
internal sealed record SvidOutcome(Refusal? Refused, JwtSvid? Svid = null, Guid OrgId = default, Resolution? Resolution = null);
