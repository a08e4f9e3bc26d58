using Hoop.Identity.Vault;

namespace Hoop.Identity.Mounts;

/// <summary>
/// DELETE /v1/sys/auth/{path}. Disables a sign-in method: its roles, the aliases that it vouched for and the tokens that it gave out go
/// with it. 204 also when there is none.
/// </summary>
internal static class DisableMount
{
    public static void Map(RouteGroupBuilder sys) => sys.MapVaultDelete(
        "/auth/{**path:minlength(1)}",
        nameof(DisableMount),
        Policies.Admin,
        async (string path, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(path), cancellationToken)).ToNoContent());

    internal sealed record Request(string Path) : ICommand<Disabled>
    {
        public AuditEntry Audit(Disabled value) => new("auth_mount", AuditAction.Delete, value.Accessor ?? Path)
        {
            Fields = new AuditFields { { "path", Path }, { "existed", value.Accessor is not null } },
        };
    }

    /// <param name="Accessor">Null when there was nothing to disable.</param>
    internal sealed record Disabled(string? Accessor);

    internal sealed class Handler(Db db, ICaller caller, IPublisher publisher, StoreTrail trail)
        : IRequestHandler<Request, Result<Disabled>>
    {
        private const string FindSql = """
            SELECT accessor, builtin
            FROM identity.mounts
            WHERE (org_id = @OrgId OR org_id IS NULL) AND path = @Path
            """;

        private const string DeleteAliasesSql = """
            DELETE FROM identity.entity_aliases
            WHERE org_id = @OrgId AND accessor = @Accessor
            RETURNING id
            """;

        private const string DeleteGroupAliasesSql = """
            DELETE FROM identity.group_aliases
            WHERE org_id = @OrgId AND accessor = @Accessor
            RETURNING id, group_id
            """;

        private const string TouchGroupsSql = """
            UPDATE identity.groups
            SET modify_index = modify_index + 1, updated_at = clock_timestamp()
            WHERE org_id = @OrgId AND id = ANY(@Groups)
            """;

        private const string DeleteRolesSql = """
            DELETE FROM identity.login_roles
            WHERE org_id = @OrgId AND accessor = @Accessor
            RETURNING id
            """;

        private const string DeleteSql = """
            DELETE FROM identity.mounts
            WHERE org_id = @OrgId AND accessor = @Accessor AND NOT builtin
            """;

        public async Task<Result<Disabled>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.AnnounceRights(caller.OrgId);
            var organization = db.Of(caller.OrgId);
            if (MountPath.Of(request.Path) is not { } path)
            {
                return new Disabled(Accessor: null);
            }

            // A sign-in that is under way ends first, and its token with the mount.
            await publisher.Publish(new MountDisabling(caller.OrgId, path), cancellationToken);
            await organization.TakeStoreLock(cancellationToken);
            if (await organization.Find<Row>(FindSql, new { Path = path }, cancellationToken) is not { } mount)
            {
                return new Disabled(Accessor: null);
            }

            if (mount.Builtin)
            {
                return MountErrors.Builtin;
            }

            const string Reason = "auth_mount_disabled";
            var gone = new { mount.Accessor };
            var aliases = await organization.List<Guid>(DeleteAliasesSql, gone, cancellationToken);
            await trail.Removed("entity_alias", aliases, Reason, cancellationToken);
            var groupAliases = await organization.List<GroupAlias>(DeleteGroupAliasesSql, gone, cancellationToken);
            await trail.Removed("group_alias", [.. groupAliases.Select(alias => alias.Id)], Reason, cancellationToken);
            var groups = groupAliases.Select(alias => alias.GroupId).ToArray();
            await organization.Execute(TouchGroupsSql, new { Groups = groups }, cancellationToken);
            var roles = await organization.List<Guid>(DeleteRolesSql, gone, cancellationToken);
            await trail.Removed("login_role", roles, Reason, cancellationToken);
            await organization.Execute(DeleteSql, gone, cancellationToken);
            return new Disabled(mount.Accessor);
        }

        private sealed record Row(string Accessor, bool Builtin);

        private sealed record GroupAlias(Guid Id, Guid GroupId);
    }
}

/// <summary>A mount is being disabled, in the transaction that does it: what it signed in ends.</summary>
internal sealed record MountDisabling(Guid OrgId, string Path) : INotification;
