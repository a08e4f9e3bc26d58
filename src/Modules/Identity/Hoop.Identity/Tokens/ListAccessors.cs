using Hoop.Identity.Vault;

namespace Hoop.Identity.Tokens;

/// <summary>
/// LIST (or GET with list=true) /v1/auth/token/accessors. The accessors of all tokens, in byte order; <c>after</c> and <c>limit</c> page.
/// </summary>
internal static class ListAccessors
{
    public static void Map(RouteGroupBuilder tokens) => tokens.MapVaultList(
        "/accessors",
        "ListAccessors",
        Policies.Auditor,
        async (string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(after, limit), cancellationToken)).ToVault(keys => new Response(keys), warnings: null));

    internal sealed record Request(string? After, string? Limit) : IQuery<IReadOnlyList<string>>;

    internal sealed record Response(IReadOnlyList<string> Keys);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<string>>>
    {
        private const string ListSql = """
            SELECT accessor
            FROM identity.tokens
            WHERE org_id = @OrgId AND accessor > @After AND (expires_at IS NULL OR expires_at > now())
            ORDER BY accessor
            LIMIT @Limit
            """;

        public async Task<Result<IReadOnlyList<string>>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!NamePage.Read(request.After, request.Limit).Succeeded(out var page, out var error))
            {
                return error;
            }

            var keys = await db.Of(caller.OrgId).List<string>(ListSql, page, cancellationToken);
            return keys.Count == 0 ? Error.NotFound() : Result.Of(keys);
        }
    }
}
