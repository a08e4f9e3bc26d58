using Hoop.Identity.Contracts;

namespace Hoop.Identity.FeatureFlags;

/// <summary>Never cached: what one gateway switches, the next request on any other follows.</summary>
internal sealed class IsFeatureEnabledHandler(Db db) : IRequestHandler<IsFeatureEnabled, bool>
{
    private const string IsEnabledSql = """
        SELECT enabled
        FROM identity.feature_flags
        WHERE org_id = @OrgId AND name = @Name
        """;

    public async Task<bool> Handle(IsFeatureEnabled request, CancellationToken cancellationToken) =>
        FeatureFlagCatalogue.Find(request.Name) is { } flag
        && (await db.Of(request.OrgId).Find<bool?>(IsEnabledSql, new { request.Name }, cancellationToken) ?? flag.Default);
}
