using Hoop.Identity.Vault;

namespace Hoop.Identity.Tokens;

/// <summary>DELETE /v1/auth/token/roles/{role_name}. 204 whether it existed or not. Tokens that were made through it stay.</summary>
internal static class DeleteTokenRole
{
    public static void Map(RouteGroupBuilder tokens) => tokens.MapVaultDelete(
        "/roles/{role_name}",
        "DeleteTokenRole",
        Policies.Admin,
        async (string role_name, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(role_name), cancellationToken)).ToVaultNothing(_ => null));

    internal sealed record Request(string Name) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("token_role", AuditAction.Delete, Name)
        {
            Fields = new AuditFields { { "deleted", value.Count } },
        };
    }

    /// <param name="Count">Zero when there was none.</param>
    internal sealed record Deleted(int Count);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string DeleteSql = """
            DELETE FROM identity.token_roles
            WHERE org_id = @OrgId AND name = @Name
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken) =>
            new Deleted(await db.Of(caller.OrgId).Execute(DeleteSql, new { request.Name }, cancellationToken));
    }
}
