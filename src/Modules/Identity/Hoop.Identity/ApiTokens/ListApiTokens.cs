namespace Hoop.Identity.ApiTokens;

/// <summary>GET /api/api-tokens. The organization's tokens by name, expired ones too; never a secret.</summary>
internal static class ListApiTokens
{
    public static void Map(RouteGroupBuilder tokens) => tokens
        .MapGet("/", async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor)
        .WithName(nameof(ListApiTokens));

    internal sealed record Request : IQuery<IReadOnlyList<ApiToken>>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<ApiToken>>>
    {
        private const string ListSql = $"""
            SELECT {ApiToken.Columns}
            FROM identity.api_tokens
            WHERE org_id = @OrgId
            ORDER BY name
            """;

        public async Task<Result<IReadOnlyList<ApiToken>>> Handle(Request request, CancellationToken cancellationToken) =>
            Result.Of(await db.Of(caller.OrgId).List<ApiToken>(ListSql, args: null, cancellationToken));
    }
}
