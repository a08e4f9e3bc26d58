namespace Hoop.Identity.FeatureFlags;

/// <summary>The catalogue by name, with what an organization chose. Read from the database each time, so replicas agree.</summary>
internal sealed class OrganizationFlags(Db db)
{
    /// <summary>Announced when an organization switches one.</summary>
    public const string Topic = "feature_flags";

    private const string ChosenSql = """
        SELECT name, enabled
        FROM identity.feature_flags
        WHERE org_id = @OrgId
        """;

    public async Task<IReadOnlyList<FeatureFlag>> Of(Guid orgId, CancellationToken cancellationToken)
    {
        var chosen = (await db.Of(orgId).List<Choice>(ChosenSql, args: null, cancellationToken))
            .ToDictionary(choice => choice.Name, choice => choice.Enabled, StringComparer.Ordinal);
        return [.. FeatureFlagCatalogue.Flags.Select(flag => flag with { Enabled = chosen.GetValueOrDefault(flag.Name, flag.Default) })];
    }

    private sealed record Choice(string Name, bool Enabled);
}
