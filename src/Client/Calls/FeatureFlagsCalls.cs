using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about feature flags.</summary>
public sealed class FeatureFlagsCalls
{
    private readonly HoopConnection _wire;

    internal FeatureFlagsCalls(HoopConnection wire) => _wire = wire;

    /// <summary>The catalogue by name, with what the organization chose.</summary>
    [HoopRoute("GET", "/api/feature-flags")]
    public Task<HoopAnswer<IReadOnlyList<FeatureFlag>>> List(CancellationToken cancellationToken = default) =>
        _wire.Get("/api/feature-flags", HoopJson.Default.FeatureFlagList, cancellationToken);

    /// <summary>An admin switches a flag on or off for its organization; it counts from the next request on.</summary>
    [HoopRoute("PUT", "/api/feature-flags/{name}")]
    public Task<HoopAnswer<FeatureFlag>> Set(string name, SetFeatureFlagBody body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            $"/api/feature-flags/{HoopPath.Segment(name)}",
            HoopJson.Content(body, HoopJson.Default.SetFeatureFlagBody),
            HoopJson.Default.FeatureFlag,
            cancellationToken);
}
