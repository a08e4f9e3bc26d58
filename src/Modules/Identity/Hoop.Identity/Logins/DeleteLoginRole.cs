using Hoop.Identity.Vault;

namespace Hoop.Identity.Logins;

/// <summary>
/// DELETE /v1/auth/{mount}/role/{name}. 204 whether it existed or not. Tokens that were given out live until their end and are not renewed
/// any more, as in Vault.
/// </summary>
internal static class DeleteLoginRole
{
    public static void Map(RouteGroupBuilder auth) => auth.MapVaultDelete(
        "/{mount}/role/{name}",
        nameof(DeleteLoginRole),
        Policies.Admin,
        async (string mount, string name, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(mount, AsciiCase.Fold(name)), cancellationToken)).ToVaultNothing(_ => null));

    internal sealed record Request(string Mount, string Name) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("login_role", AuditAction.Delete, value.Id?.ToString())
        {
            Fields = new AuditFields { { "mount", Mount }, { "name", Name }, { "existed", value.Id is not null } },
        };
    }

    /// <param name="Id">Null when there was none.</param>
    internal sealed record Deleted(Guid? Id);

    internal sealed class Handler(Db db, ICaller caller, LoginMounts mounts) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string DeleteSql = """
            DELETE FROM identity.login_roles
            WHERE org_id = @OrgId AND accessor = @Accessor AND name = @Name
            RETURNING id
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken) =>
            await mounts.Find(caller.OrgId, request.Mount, cancellationToken) is { } mount
                ? new Deleted(
                    await db.Of(caller.OrgId).Find<Guid?>(DeleteSql, new { mount.Accessor, request.Name }, cancellationToken))
                : LoginMounts.None(request.Mount, $"role/{request.Name}");
    }
}
