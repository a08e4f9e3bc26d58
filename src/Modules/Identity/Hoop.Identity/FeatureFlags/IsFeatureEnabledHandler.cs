using Hoop.Identity.Contracts;
using Hoop.Shared.Data;
using MediatR;

namespace Hoop.Identity.FeatureFlags;

internal sealed class IsFeatureEnabledHandler(Db db) : IRequestHandler<IsFeatureEnabled, bool>
{
    private const string IsEnabledSql = """
        SELECT enabled
        FROM identity.feature_flags
        WHERE org_id = @OrgId AND name = @Name
        """;

    public Task<bool> Handle(IsFeatureEnabled request, CancellationToken cancellationToken) =>
        db.Find<bool>(IsEnabledSql, new { request.OrgId, request.Name }, cancellationToken);
}
