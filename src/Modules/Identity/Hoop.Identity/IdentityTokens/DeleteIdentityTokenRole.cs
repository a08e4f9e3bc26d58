using Hoop.Identity.TokenKeys;
using Hoop.Identity.Vault;

namespace Hoop.Identity.IdentityTokens;

/// <summary>
/// DELETE /v1/identity/oidc/role/{name}. 204 whether it existed or not. With the last role of a key its public halves are not published
/// any more, so that tokens of the role fail from then on.
/// </summary>
internal static class DeleteIdentityTokenRole
{
    public static void Map(RouteGroupBuilder oidc) => oidc.MapVaultDelete(
        "/role/{name:vault_name}",
        "DeleteIdentityTokenRole",
        Policies.Admin,
        async (string name, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(name), cancellationToken)).ToVaultNothing(_ => null));

    internal sealed record Request(string Name) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("identity_token_role", AuditAction.Delete, Name)
        {
            Fields = new AuditFields { { "deleted", value.Count } },
        };
    }

    /// <param name="Count">Zero when there was none.</param>
    internal sealed record Deleted(int Count);

    internal sealed class Handler(Db db, ICaller caller, SigningKeys keys) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string DeleteSql = """
            DELETE FROM identity.oidc_roles
            WHERE org_id = @OrgId AND name = @Name
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            await keys.Take(caller.OrgId, cancellationToken);
            return new Deleted(await db.Of(caller.OrgId).Execute(DeleteSql, new { request.Name }, cancellationToken));
        }
    }
}
