using Hoop.Identity.Vault;

namespace Hoop.Identity.TokenKeys;

/// <summary>
/// DELETE /v1/identity/oidc/key/{name}. 204 whether it existed or not; refused while roles name it. It is not published any more.
/// </summary>
internal static class DeleteSigningKey
{
    public static void Map(RouteGroupBuilder oidc) => oidc.MapVaultDelete(
        "/key/{name:vault_name}",
        "DeleteSigningKey",
        Policies.Admin,
        async (string name, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(name), cancellationToken)).ToVaultNothing(_ => null));

    internal sealed record Request(string Name) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("signing_key", AuditAction.Delete, Name)
        {
            Fields = new AuditFields { { "deleted", value.Count } },
        };
    }

    /// <param name="Count">Zero when there was none.</param>
    internal sealed record Deleted(int Count);

    internal sealed class Handler(Db db, ICaller caller, SigningKeys keys) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string DeleteSql = """
            DELETE FROM identity.oidc_keys
            WHERE org_id = @OrgId AND name = @Name
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.Name == SigningKey.Default)
            {
                return KeyErrors.NotDeleted;
            }

            await keys.Take(caller.OrgId, cancellationToken);
            var roles = await keys.RolesOf(caller.OrgId, request.Name, cancellationToken);
            return roles.Count > 0
                ? KeyErrors.InUse(request.Name, roles)
                : new Deleted(await db.Of(caller.OrgId).Execute(DeleteSql, new { request.Name }, cancellationToken));
        }
    }
}
