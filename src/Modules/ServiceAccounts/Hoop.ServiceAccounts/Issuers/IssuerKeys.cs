using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Shared.Sources;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>Opens the keys of issuers whose accounts are callers: who rests on them is told when they change.</summary>
internal sealed class IssuerKeys(IssuerKeySource source, CoherentMemory memory)
{
    /// <param name="issuer">As its tokens name it.</param>
    /// <param name="place">Where it is configured, for messages.</param>
    /// <param name="url">Its JWKS; null: found through discovery, unless <paramref name="inline"/> holds it.</param>
    /// <param name="inline">The key set itself.</param>
    /// <param name="outbound">Where it may lead.</param>
    public KeySource<KeyRing> Open(string issuer, string place, Uri? url, string? inline, OutboundOptions outbound) => source.Open(
        issuer, place, url, inline, outbound, () => _ = memory.Changed(StoredIssuer.Topic, SourceChange.LoadedOf(issuer)));
}
