using Hoop.Identity.Aliases;
using Hoop.Identity.ApiTokens;
using Hoop.Identity.Contracts;
using Hoop.Identity.Tokens;

namespace Hoop.Identity.Callers;

/// <summary>
/// Ends what somebody made, with its children, and the tokens of people who leave. A token that is being made meanwhile is waited for, or
/// not made.
/// </summary>
internal sealed class CallersLeavingHandler(Db db, TokenFamilies families, ApiTokenRemoval apiTokens) : INotificationHandler<CallersLeaving>
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

    // The mount of people names their issuer (Alias.OfPerson).
    private const string MadeApiTokensSql = """
        SELECT token.id
        FROM unnest(@Mounts, @Names) AS who (mount, name)
        JOIN identity.api_tokens AS token ON token.org_id = @OrgId AND token.maker_mount = who.mount AND token.maker_name = who.name
        UNION
        SELECT token.id
        FROM unnest(@MountsBelow, @NamesBelow) AS who (mount, name)
        JOIN identity.api_tokens AS token ON token.org_id = @OrgId AND token.maker_mount = who.mount
          AND starts_with(token.maker_name, who.name)
        UNION
        SELECT token.id
        FROM unnest(@MountsBelow, @NamesBelow) AS who (mount, name)
        JOIN identity.people AS person ON person.org_id = @OrgId AND starts_with(person.subject, who.name)
          AND who.mount = 'auth/oidc/' || person.issuer || '#'
        JOIN identity.api_tokens AS token ON token.org_id = @OrgId AND token.person_id = person.id
          AND (token.is_sign_in OR @PersonalTokens)
        """;

    public async Task Handle(CallersLeaving notification, CancellationToken cancellationToken)
    {
        var organization = db.Of(notification.OrgId);
        db.Announce(VaultToken.Topic, ChangeKey.Of(notification.OrgId));
        await organization.TakeTokenLock(cancellationToken);
        var (who, below) = (notification.Who.Select(SignInName.Of).ToArray(), notification.Below.Select(SignInName.Of).ToArray());
        string[] mounts = [.. who.Select(name => name.Mount)], names = [.. who.Select(name => name.Name)];
        string[] mountsBelow = [.. below.Select(name => name.Mount)], namesBelow = [.. below.Select(name => name.Name)];
        var made = await organization.List<Guid>(
            MadeSql, new { Mounts = mounts, Names = names, MountsBelow = mountsBelow, NamesBelow = namesBelow }, cancellationToken);
        if (made.Count > 0)
        {
            var gone = await families.Revoke(notification.OrgId, made, cancellationToken);
            await families.Record(notification.OrgId, gone.Intersect(made), notification.Reason, cancellationToken);
        }

        var tokens = await organization.List<Guid>(
            MadeApiTokensSql,
            new
            {
                Mounts = mounts,
                Names = names,
                MountsBelow = mountsBelow,
                NamesBelow = namesBelow,
                PersonalTokens = notification.WithPersonalTokens,
            },
            cancellationToken);
        await apiTokens.Remove(notification.OrgId, tokens, notification.Reason, cancellationToken);
    }
}
