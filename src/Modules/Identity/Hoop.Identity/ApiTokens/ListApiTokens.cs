using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.ApiTokens;

/// <summary>
/// GET /api/api-tokens. The organization's own tokens by name, expired ones too; never a secret. Those of people: GET /api/tokens.
/// </summary>
internal static class ListApiTokens
{
    public static void Map(RouteGroupBuilder tokens) => tokens
        .MapGet("/", async ([AsParameters] PageQuery page, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Auditor)
        .WithName(nameof(ListApiTokens));

    internal sealed record Request(PageQuery Page) : IQuery<Page<ApiToken>>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Page<ApiToken>>>
    {
        private const string ListSql = $"""
            SELECT {ApiToken.Columns}
            FROM identity.api_tokens
            WHERE org_id = @OrgId AND person_id IS NULL
              AND (@After::text IS NULL OR name > @After)
            ORDER BY name
            LIMIT @Limit
            """;

        public async Task<Result<Page<ApiToken>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var cursor = new PageCursor("api_tokens", caller.OrgId);
            if (!Paging.Of(request.Page, cursor).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var rows = await db.Of(caller.OrgId).List<ApiToken>(ListSql, new { After = paging.After?[0], paging.Limit }, cancellationToken);
            return paging.Page(rows, row => [row.Name]);
        }
    }
}
