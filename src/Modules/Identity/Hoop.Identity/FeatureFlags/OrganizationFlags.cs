using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.FeatureFlags;

/// <summary>
/// The catalogue by name, with what an organization chose: remembered until the organization switches one on any gateway
/// (docs/coherence.md).
/// </summary>
internal sealed class OrganizationFlags(CoherentMemory memory, MemoryMetrics metrics, IServiceScopeFactory scopes)
{
    /// <summary>Announced when an organization switches one.</summary>
    public const string Topic = "feature_flags";

    /// <summary>In organizations; some hundred bytes each.</summary>
    public const int Capacity = 16_384;

    private const string ChosenSql = """
        SELECT name, enabled
        FROM identity.feature_flags
        WHERE org_id = @OrgId
        """;

    private readonly Remembered<Guid, IReadOnlyList<FeatureFlag>> _flags = new(memory, metrics, scopes, "feature_flags", Capacity);

    /// <param name="services">Of the one who asks.</param>
    public async ValueTask<IReadOnlyList<FeatureFlag>> Of(Guid orgId, IServiceProvider services, CancellationToken cancellationToken) =>
        _flags.Find(orgId)
        ?? (await _flags.Get(orgId, services, (scope, cancel) => Read(orgId, scope, cancel), cancellationToken)).Value!;

    private static async Task<Found<IReadOnlyList<FeatureFlag>>> Read(
        Guid orgId, IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<Dependencies>().On(Topic, ChangeKey.Of(orgId));
        var rows = await services.GetRequiredService<Db>().Of(orgId).List<Choice>(ChosenSql, args: null, cancellationToken);
        var chosen = rows.ToDictionary(choice => choice.Name, choice => choice.Enabled, StringComparer.Ordinal);
        return new(
            [.. FeatureFlagCatalogue.Flags.Select(flag => flag with { Enabled = chosen.GetValueOrDefault(flag.Name, flag.Default) })]);
    }

    private sealed record Choice(string Name, bool Enabled);
}
