using Hoop.Identity.Tokens;

namespace Hoop.Identity.ApiTokens;

/// <summary>
/// DELETE /api/tokens/{id}. By its owner, or by an admin. The token is refused from the next request on, on every gateway.
/// </summary>
internal static class DeletePersonalToken
{
    public static void Map(RouteGroupBuilder tokens) => tokens
        .MapDelete("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Authenticated)
        .WithName(nameof(DeletePersonalToken));

    internal sealed record Request(Guid Id) : ICommand<ApiToken>
    {
        public AuditEntry Audit(ApiToken value) => new("api_token", AuditAction.Delete, Id)
        {
            Fields = new AuditFields { { "name", value.Name }, { "person", value.PersonId } },
        };
    }

    internal sealed class Handler(Db db, ICaller caller, TokenFamilies families) : IRequestHandler<Request, Result<ApiToken>>
    {
        // Another person's token looks like none to whoever is no admin.
        private const string FindSql = """
            SELECT id
            FROM identity.api_tokens
            WHERE org_id = @OrgId AND id = @Id AND person_id IS NOT NULL AND (@IsAdmin OR person_id = @PersonId::uuid)
            FOR UPDATE
            """;

        private const string DeleteSql = $"""
            DELETE FROM identity.api_tokens
            WHERE org_id = @OrgId AND id = @Id
            RETURNING {ApiToken.Columns}
            """;

        public async Task<Result<ApiToken>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(ApiToken.Topic, request.Id.ToString());
            db.Announce(VaultToken.Topic, ChangeKey.Of(caller.OrgId));
            var me = caller.Current!;
            var key = new { request.Id, IsAdmin = me.Role == Role.Admin, me.PersonId };
            if (await db.Of(caller.OrgId).Find<Guid?>(FindSql, key, cancellationToken) is null)
            {
                return ApiTokenErrors.NotFound;
            }

            await families.RevokeOfApiToken(caller.OrgId, request.Id, cancellationToken);
            return await db.Of(caller.OrgId).Find<ApiToken>(DeleteSql, new { request.Id }, cancellationToken) is { } deleted
                ? deleted
                : ApiTokenErrors.NotFound;
        }
    }
}
