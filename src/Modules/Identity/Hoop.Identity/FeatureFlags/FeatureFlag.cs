namespace Hoop.Identity.FeatureFlags;

/// <summary>A switch of the product, as the API shows it to one organization.</summary>
/// <param name="Default">What counts while the organization has not chosen.</param>
/// <param name="Stability"><c>experimental</c>, <c>beta</c> or <c>stable</c>.</param>
/// <param name="Components">The programs whose behaviour it changes.</param>
/// <param name="Enabled">What counts now.</param>
internal sealed record FeatureFlag(
    string Name, string Description, bool Default, string Stability, IReadOnlyList<string> Components, bool Enabled);

/// <summary>Every flag there is. Fixed with the build: a flag that no code asks for must not exist.</summary>
internal static class FeatureFlagCatalogue
{
    /// <summary>By name.</summary>
    public static readonly IReadOnlyList<FeatureFlag> Flags =
    [
        Off("experimental.iam_federation", "Mint short-lived cloud credentials for each user of a connection"),
    ];

    public static FeatureFlag? Find(string name) => Flags.FirstOrDefault(flag => string.Equals(flag.Name, name, StringComparison.Ordinal));

    private static FeatureFlag Off(string name, string description) =>
        new(name, description, Default: false, "experimental", ["gateway"], Enabled: false);
}

internal static class FeatureFlagErrors
{
    public static Error Unknown(string name) => Error.Malformed($"unknown feature flag: {name}", "unknown_feature_flag");
}
