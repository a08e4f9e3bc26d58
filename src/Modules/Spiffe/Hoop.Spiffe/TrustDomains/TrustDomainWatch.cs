using Hoop.Shared.Background;
using Hoop.Shared.Sources;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>Keeps the <see cref="TrustDomainDirectory"/> in step with the database.</summary>
internal sealed class TrustDomainWatch(
    TrustDomainDirectory directory,
    SpiffeOptions options,
    CoherentMemory memory,
    BackgroundLoops loops,
    TimeProvider clock,
    ILogger<TrustDomainWatch> logger)
    : SourceWatch<TrustDomainEntry>(directory, StoredTrustDomain.Topic, "trust_domains", memory, loops, clock, logger)
{
    protected override bool IsOn => options.Enforced;

    protected override Task Begin(CancellationToken cancellationToken) => directory.Start(cancellationToken);
}
