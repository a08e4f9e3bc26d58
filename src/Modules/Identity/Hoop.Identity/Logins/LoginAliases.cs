using System.Text.Json;
using Hoop.Identity.Aliases;
using Hoop.Shared.Text;

namespace Hoop.Identity.Logins;

/// <summary>The alias behind a sign-in, and its entity.</summary>
internal sealed record LoginAlias(Guid Id, Guid EntityId);

/// <summary>
/// Finds the alias of a name, makes it and its entity at the first sign-in, and writes down what the token tells: metadata, and the groups
/// of the mount. First sign-ins of one name come one after the other, and are one entity. What a token tells that is older than one before
/// is not taken over: it would bring back what was taken away since.
/// </summary>
internal sealed class LoginAliases(Db db, ICaller caller, AliasStore store, StoreTrail trail, TimeProvider clock)
{
    private const string FindSql = """
        SELECT alias.id, alias.entity_id, alias.name, entity.disabled, least(entity.expires_at, alias.expires_at) AS expires_at,
               alias.metadata::text AS metadata, alias.told_groups, alias.told_at
        FROM identity.entity_aliases AS alias
        JOIN identity.entities AS entity ON entity.org_id = alias.org_id AND entity.id = alias.entity_id
        WHERE alias.org_id = @OrgId AND alias.accessor = @Accessor AND alias.name_key = @NameKey
        """;

    // Another sign-in may have told something since the row was read: then this one begins anew, from what is there now.
    private const string TellSql = """
        UPDATE identity.entity_aliases
        SET metadata = @Metadata::jsonb, told_groups = @Groups::text[], told_at = @ToldAt::timestamptz, last_used_at = now(),
            updated_at = clock_timestamp()
        WHERE org_id = @OrgId AND id = @Id AND told_at IS NOT DISTINCT FROM @ToldBefore::timestamptz
        RETURNING entity_id
        """;

    private const string UseSql = """
        UPDATE identity.entity_aliases
        SET last_used_at = now()
        WHERE org_id = @OrgId AND id = @Id AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
        """;

    private OrgDb Organization => db.Of(caller.OrgId);

    public async Task<Result<Verdict<LoginAlias>>> Of(LoginMount mount, LoginClaims who, CancellationToken cancellationToken)
    {
        var factors = Factors(mount, who);
        var found = await Organization.Find<Row>(FindSql, factors, cancellationToken);
        if (found is null)
        {
            if (!(await store.Ensure(mount.Accessor, who.Name, cancellationToken)).Succeeded(out var written, out var error))
            {
                return error;
            }

            if (written.Change == AliasWrite.Created)
            {
                await Record(written, cancellationToken);
            }

            found = (await Organization.Find<Row>(FindSql, factors, cancellationToken))!;
        }

        if (Refused(found, mount, who) is { } refusal)
        {
            return Result.Of<Verdict<LoginAlias>>(refusal);
        }

        await Tell(found, mount, who, cancellationToken);
        return Result.Of<Verdict<LoginAlias>>(new LoginAlias(found.Id, found.EntityId));
    }

    private Task Record(SetAlias.Written written, CancellationToken cancellationToken) => trail.Record(
        new AuditEntry("entity_alias", AuditAction.Create, written.Id)
        {
            Fields = new AuditFields
            {
                { "name", written.Name },
                { "mount_accessor", written.Accessor },
                { "canonical_id", written.EntityId },
                { "reason", "login" },
            },
        },
        cancellationToken);

    private Refusal? Refused(Row found, LoginMount mount, LoginClaims who)
    {
        var shown = $"\"{Printable.Word(who.Name)}\" of auth/{mount.Path}";
        return found.Name != who.Name
                ? new Refusal(
                    "alias_case", $"{shown} differs from the alias {found.Id} in the case of letters alone: it may be somebody else")
            : found.Disabled ? new Refusal("entity_disabled", $"the entity {found.EntityId} of {shown} is disabled")
            : found.ExpiresAt <= clock.GetUtcNow().UtcDateTime
                ? new Refusal("entity_expired", $"the entity {found.EntityId} of {shown}, or that alias, has expired")
            : null;
    }

    private async Task Tell(Row found, LoginMount mount, LoginClaims who, CancellationToken cancellationToken)
    {
        // Also when nothing turns out to change: the sign-in before may have ended before every gateway had heard of it.
        // Policies ask for the groups, and their templates for the metadata.
        if (who.Groups is not null || found.ToldGroups is not null || who.Metadata.Count > 0 || found.Metadata is not null)
        {
            db.AnnounceRights(caller.OrgId, found.EntityId);
        }

        // Each round but the last has met a sign-in that told something newer, so they end.
        for (var row = found; row is not null; row = await Organization.Find<Row>(FindSql, Factors(mount, who), cancellationToken))
        {
            var (before, now) = (row.Told, Told.After(row.Told, who, clock.GetUtcNow().UtcDateTime));
            if (now.IsSameAs(before))
            {
                await Organization.Execute(UseSql, new { row.Id }, cancellationToken);
                return;
            }

            var entityId = await Organization.Find<Guid?>(
                TellSql,
                new
                {
                    row.Id,
                    Metadata = now.Metadata.Count == 0 ? null : JsonSerializer.Serialize(now.Metadata),
                    now.Groups,
                    ToldAt = now.At,
                    ToldBefore = before.At,
                },
                cancellationToken);
            if (entityId is not { } holder)
            {
                continue;
            }

            // It was moved to another entity, or merged into it, since it was found; whoever moved it has announced that already.
            if (holder != found.EntityId)
            {
                db.AnnounceRights(caller.OrgId, holder);
            }

            return;
        }
    }

    private static object Factors(LoginMount mount, LoginClaims who) => new { mount.Accessor, NameKey = AliasName.KeyOf(who.Name) };

    private sealed record Row(
        Guid Id, Guid EntityId, string Name, bool Disabled, DateTime? ExpiresAt, string? Metadata, string[]? ToldGroups, DateTime? ToldAt)
    {
        public Told Told => new(
            Metadata is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(Metadata)!, ToldGroups, ToldAt);
    }
}
