using Hoop.Identity.Contracts;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>The switch of this feature, for each organization; off unless an admin turned it on.</summary>
internal sealed class FederationFlag(ISender sender)
{
    public const string Name = "experimental.iam_federation";

    public static readonly Error Off = Error.Denied(
        $"IAM federation is behind the feature flag {Name}, which is off for this organization; an admin can enable it",
        "feature_disabled");

    public Task<bool> IsOn(Guid orgId, CancellationToken cancellationToken) =>
        sender.Send(new IsFeatureEnabled(orgId, Name), cancellationToken);
}
