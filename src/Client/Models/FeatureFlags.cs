namespace Hoop.Client;

/// <summary>A switch of the product, as the API shows it to one organization.</summary>
/// <param name="Default">What counts while the organization has not chosen.</param>
/// <param name="Stability">experimental, beta or stable.</param>
/// <param name="Components">The programs whose behaviour it changes.</param>
/// <param name="Enabled">What counts now.</param>
public sealed record FeatureFlag(
    string Name,
    string Description,
    bool Default,
    string Stability,
    IReadOnlyList<string> Components,
    bool Enabled);

public sealed record SetFeatureFlagBody(bool? Enabled);
