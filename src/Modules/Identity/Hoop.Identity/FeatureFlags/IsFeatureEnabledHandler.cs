using Hoop.Identity.Contracts;

namespace Hoop.Identity.FeatureFlags;

/// <summary>From memory: what one gateway switched counts on every other when the call has answered.</summary>
internal sealed class IsFeatureEnabledHandler(OrganizationFlags flags, IServiceProvider services) : IRequestHandler<IsFeatureEnabled, bool>
{
    public async Task<bool> Handle(IsFeatureEnabled request, CancellationToken cancellationToken) =>
        FeatureFlagCatalogue.Find(request.Name) is not null
        && (await flags.Of(request.OrgId, services, cancellationToken)).Any(
            flag => flag.Enabled && string.Equals(flag.Name, request.Name, StringComparison.Ordinal));
}
