using Hoop.Identity.Tokens;

namespace Hoop.Identity.ApiTokens;

/// <summary>
/// DELETE /api/api-tokens/{id}. The token is refused from the next request on, on every gateway. The bootstrap admin token stays.
/// </summary>
internal static class DeleteApiToken
{
    public static void Map(RouteGroupBuilder tokens) => tokens
        .MapDelete("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin)
        .WithName(nameof(DeleteApiToken));

    internal sealed record Request(Guid Id) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("api_token", AuditAction.Delete, Id)
        {
            Fields = new AuditFields { { "name", value.Name } },
        };
    }

    internal sealed record Deleted(string Name);

    internal sealed class Handler(Db db, ICaller caller, TokenFamilies families) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string DeleteSql = """
            DELETE FROM identity.api_tokens
            WHERE org_id = @OrgId AND id = @Id AND NOT is_operator
            RETURNING name
            """;

        private const string IsBootstrapSql = """
            SELECT true
            FROM identity.api_tokens
            WHERE org_id = @OrgId AND id = @Id AND is_operator
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(ApiToken.Topic, request.Id.ToString());
            db.Announce(VaultToken.Topic, ChangeKey.Of(caller.OrgId));
            await families.RevokeOfApiToken(caller.OrgId, request.Id, cancellationToken);
            var key = new { request.Id };
            if (await db.Of(caller.OrgId).Find<string>(DeleteSql, key, cancellationToken) is { } name)
            {
                return new Deleted(name);
            }

            return await db.Of(caller.OrgId).Find<bool>(IsBootstrapSql, key, cancellationToken)
                ? ApiTokenErrors.Bootstrap
                : ApiTokenErrors.NotFound;
        }
    }
}
