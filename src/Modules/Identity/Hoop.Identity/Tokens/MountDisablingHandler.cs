using Hoop.Identity.Mounts;

namespace Hoop.Identity.Tokens;

/// <summary>Ends the tokens that a mount gave out, with their children. A sign-in that is under way is waited for.</summary>
internal sealed class MountDisablingHandler(Db db, TokenFamilies families) : INotificationHandler<MountDisabling>
{
    private const string OfMountSql = """
        SELECT token.id
        FROM identity.mounts AS mount
        JOIN identity.tokens AS token ON token.org_id = @OrgId AND token.login_accessor = mount.accessor
        WHERE mount.org_id = @OrgId AND mount.path = @Path AND NOT mount.builtin
        """;

    public async Task Handle(MountDisabling notification, CancellationToken cancellationToken)
    {
        var organization = db.Of(notification.OrgId);
        db.Announce(VaultToken.Topic, ChangeKey.Of(notification.OrgId));
        await organization.TakeTokenLock(cancellationToken);
        var made = await organization.List<Guid>(OfMountSql, new { notification.Path }, cancellationToken);
        if (made.Count > 0)
        {
            var gone = await families.Revoke(notification.OrgId, made, cancellationToken);
            await families.Record(notification.OrgId, gone.Intersect(made), "auth_mount_disabled", cancellationToken);
        }
    }
}
