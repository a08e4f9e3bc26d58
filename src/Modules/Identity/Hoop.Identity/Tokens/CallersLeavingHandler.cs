using Hoop.Identity.Aliases;
using Hoop.Identity.Contracts;

namespace Hoop.Identity.Tokens;

/// <summary>Ends what somebody made, with its children. A token that is being made meanwhile is waited for, or not made.</summary>
internal sealed class CallersLeavingHandler(Db db, TokenFamilies families) : INotificationHandler<CallersLeaving>
{
    private const string MadeSql = """
        SELECT token.id
        FROM unnest(@Mounts, @Names) AS who (mount, name)
        JOIN identity.tokens AS token ON token.org_id = @OrgId AND token.maker_mount = who.mount AND token.maker_name = who.name
        UNION
        SELECT token.id
        FROM unnest(@MountsBelow, @NamesBelow) AS who (mount, name)
        JOIN identity.tokens AS token ON token.org_id = @OrgId AND token.maker_mount = who.mount AND starts_with(token.maker_name, who.name)
        """;

    public async Task Handle(CallersLeaving notification, CancellationToken cancellationToken)
    {
        var organization = db.Of(notification.OrgId);
        db.Announce(VaultToken.Topic, ChangeKey.Of(notification.OrgId));
        await organization.TakeTokenLock(cancellationToken);
        var (who, below) = (notification.Who.Select(SignInName.Of).ToArray(), notification.Below.Select(SignInName.Of).ToArray());
        var made = await organization.List<Guid>(
            MadeSql,
            new
            {
                Mounts = who.Select(name => name.Mount).ToArray(),
                Names = who.Select(name => name.Name).ToArray(),
                MountsBelow = below.Select(name => name.Mount).ToArray(),
                NamesBelow = below.Select(name => name.Name).ToArray(),
            },
            cancellationToken);
        if (made.Count > 0)
        {
            var gone = await families.Revoke(notification.OrgId, made, cancellationToken);
            await families.Record(notification.OrgId, gone.Intersect(made), notification.Reason, cancellationToken);
        }
    }
}
