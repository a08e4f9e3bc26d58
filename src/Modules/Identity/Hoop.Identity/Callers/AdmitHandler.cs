using Hoop.Identity.Aliases;
using Hoop.Identity.ApiTokens;
using Hoop.Identity.Contracts;
using Hoop.Identity.Organizations;
using Hoop.Identity.People;
using Hoop.Shared.Text;

namespace Hoop.Identity.Callers;

/// <summary>
/// One statement: the alias by its unique index, the entity, and all groups that the entity is in: those that name it, the external ones
/// whose alias is one of the groups that the mount tells of it, and the ones above.
/// </summary>
internal sealed class AdmitHandler(
    Db db, Dependencies on, PersonReader people, RoleGroups roles, AliasUses uses, TokenUses tokenUses, TimeProvider clock)
    : IRequestHandler<Admit, Verdict<Caller>>
{
    // What follows on the entity, whichever way it was found. Each step asks for the edges of what it stands on, one by one: as a join it
    // was planned as a hash of all edges, anew at each depth.
    private const string RightsOfKnown = $"""
        ), direct AS (
          SELECT edge.group_id
          FROM known
          JOIN identity.group_entities AS edge ON edge.org_id = @OrgId AND edge.entity_id = known.id
          UNION
          SELECT external.group_id
          FROM known
          JOIN identity.group_aliases AS external ON external.org_id = @OrgId
            AND external.accessor = known.accessor AND external.name = ANY (@Groups)
            AND external.name_key = ANY (ARRAY(SELECT lower(told COLLATE "C") FROM unnest(@Groups) AS told))
          UNION
          {ToldGroups.GroupsSql} (SELECT known.id FROM known)
        ), {GroupsAbove.Member}, granted AS (
          SELECT held.name, held.policies
          FROM member
          CROSS JOIN LATERAL (
            SELECT one.name, one.policies
            FROM identity.groups AS one
            WHERE one.org_id = @OrgId AND one.id = member.group_id
            OFFSET 0) AS held
        )
        SELECT known.id, known.disabled, known.expires_at, known.alias_id, known.last_used_at,
               ARRAY(
                 SELECT unnest(known.policies) AS policy
                 UNION
                 SELECT unnest(granted.policies) FROM granted
                 ORDER BY policy) AS policies,
               ARRAY(SELECT granted.name FROM granted ORDER BY granted.name) AS groups,
               {ToldGroups.SecondsLeftSql} AS told_seconds_left
        FROM known
        """;

    public const string FindEntitySql = $"""
        WITH RECURSIVE known AS (
          SELECT entity.id, entity.policies, entity.disabled, alias.id AS alias_id, alias.accessor, alias.last_used_at,
                 least(entity.expires_at, alias.expires_at) AS expires_at
          FROM identity.entity_aliases AS alias
          JOIN identity.entities AS entity ON entity.org_id = alias.org_id AND entity.id = alias.entity_id
          WHERE alias.org_id = @OrgId AND alias.mount = @Mount AND alias.name = @Name
        {RightsOfKnown}
        """;

    public const string FindTokenEntitySql = $"""
        WITH RECURSIVE known AS (
          SELECT entity.id, entity.policies, entity.disabled OR {InactivePeople.BehindEntitySql} AS disabled,
                 NULL::uuid AS alias_id, NULL::text AS accessor,
                 NULL::timestamptz AS last_used_at, entity.expires_at
          FROM identity.entities AS entity
          WHERE entity.org_id = @OrgId AND entity.id = coalesce(
            (SELECT merged.entity_id FROM identity.merged_entities AS merged WHERE merged.org_id = @OrgId AND merged.id = @EntityId),
            @EntityId)
        {RightsOfKnown}
        """;

    public async Task<Verdict<Caller>> Handle(Admit request, CancellationToken cancellationToken)
    {
        var who = request.Authenticated;
        on.On(Organization.Topic, who.OrgId.ToString());
        Guid? personId = null;
        if (who.Person is { } reference)
        {
            var verdict = await OfPerson(who, reference, cancellationToken);
            if (!verdict.Accepted)
            {
                return verdict.Refusal;
            }

            (who, personId) = (verdict.Proven, verdict.Proven.Person!.Id);
        }

        on.On(StoreChanges.Topic, ChangeKey.Of(who.OrgId));
        var rights = on.On(StoreChanges.Topic);
        var entity = await Find(who, cancellationToken);
        rights.Key(entity is null ? ChangeKey.Of(who.OrgId) : StoreChanges.KeyOf(who.OrgId, entity.Id));
        if (entity is null && who.Token?.EntityId is { } gone)
        {
            return new Refusal("entity_deleted", $"the entity {gone} of {Printable.Word(who.Alias.ToString())} is gone");
        }

        if (entity is { Disabled: true })
        {
            return new Refusal("entity_disabled", $"the entity {entity.Id} of {Printable.Word(who.Alias.ToString())} is disabled, or a person behind it is inactive");
        }

        if (entity?.ExpiresAt <= clock.GetUtcNow().UtcDateTime)
        {
            return new Refusal(
                "entity_expired", $"the entity {entity.Id} of {Printable.Word(who.Alias.ToString())}, or that alias, has expired");
        }

        if (entity?.ExpiresAt is { } ends)
        {
            on.NoLongerThan(ends - clock.GetUtcNow().UtcDateTime);
        }

        if (entity?.ToldSecondsLeft is { } left)
        {
            on.NoLongerThan(TimeSpan.FromSeconds(left));
        }

        if (entity?.AliasId is { } aliasId)
        {
            uses.Note(who.OrgId, aliasId, entity.LastUsedAt);
        }

        tokenUses.Note(who);
        var role = who.Kind == CallerKind.Operator ? Role.Admin : roles.RoleOf(who.Groups);
        return new Caller(who.OrgId, who.Kind, who.Alias, who.DisplayName, who.Groups, role)
        {
            Subject = who.Subject,
            Email = who.Email,
            Rule = who.Rule,
            EntityId = entity?.Id,
            PersonId = personId,
            Policies = entity?.Policies ?? [],
            TokenPolicies = who.Token?.Policies ?? [],
            EntityGroups = entity?.Groups ?? [],
            AgentId = who.Agent?.Id,
            ExpiresAt = who.ExpiresAt,
            OwnerEndsAt = who.OwnerEndsAt,
        };
    }

    /// <summary>The credential as its person has it now: with the person's groups, or those of the credential that the person still
    /// has.</summary>
    private async Task<Verdict<Authenticated>> OfPerson(
        Authenticated who, PersonReference reference, CancellationToken cancellationToken)
    {
        var about = on.On(Person.Topic);
        var person = await people.Find(who.OrgId, reference, cancellationToken);
        if (person is null)
        {
            return reference.Id is { } gone
                ? new Refusal("unknown_person", $"the person {gone} of {Printable.Word(who.Alias.ToString())} is gone")
                : new Refusal(
                    "unknown_account",
                    $"the token is good, but no service account has the subject \"{Printable.Word(reference.Subject!)}\" of {Printable.Word(reference.Issuer!)}; to register it: hoop admin create serviceaccount. A person signs in first: hoop login");
        }

        about.Key(Person.KeyOf(who.OrgId, person.Id));
        if (person.Status != "active")
        {
            return new Refusal("inactive_person", $"the person {person.Id} of {Printable.Word(who.Alias.ToString())} is {person.Status}");
        }

        if (person.GroupsUntil is { } until)
        {
            var left = until - clock.GetUtcNow().UtcDateTime;
            if (left > TimeSpan.Zero)
            {
                on.NoLongerThan(left);
            }
            else if (who.Token is not null)
            {
                // It carries policies of its own, which the person may have had by these groups. It works again when they are told again.
                return new Refusal(
                    "groups_too_old", $"the issuer has not told the groups of the person {person.Id} of {Printable.Word(who.Alias.ToString())} for too long");
            }
        }

        var itself = who.Kind == CallerKind.User;
        return who with
        {
            // The token of a sign-in is the person's access token by another name.
            Alias = itself ? Alias.OfPerson(person.Issuer, person.Subject) : who.Alias,
            Subject = itself ? person.Subject : who.Subject,
            Person = new PersonReference(person.Id, person.Issuer, person.Subject),
            Groups = itself ? person.Groups : [.. who.Groups.Where(group => person.Groups.Contains(group, StringComparer.Ordinal))],
            DisplayName = who.Kind switch
            {
                CallerKind.User => person.Name.Length > 0 ? person.Name : person.Subject,
                CallerKind.ApiToken => $"{who.DisplayName} of {(person.Email.Length > 0 ? person.Email : person.Subject)}",
                _ => who.DisplayName,
            },
            Email = person.Email.Length > 0 ? person.Email : null,
        };
    }

    private async Task<Row?> Find(Authenticated who, CancellationToken cancellationToken)
    {
        var groups = who.Groups.ToArray();
        if (who.Token is { } token)
        {
            return token.EntityId is { } entityId
                ? await db.Of(who.OrgId).Find<Row>(FindTokenEntitySql, new { EntityId = entityId, Groups = groups }, cancellationToken)
                : null;
        }

        // The token of a person acts as the person does.
        var alias = who.Person is { Issuer: { } issuer, Subject: { } subject } ? Alias.OfPerson(issuer, subject) : who.Alias;
        var (mount, name) = SignInName.Of(alias);
        return await db.Of(who.OrgId).Find<Row>(FindEntitySql, new { Mount = mount, Name = name, Groups = groups }, cancellationToken);
    }

    private sealed record Row(
        Guid Id,
        bool Disabled,
        DateTime? ExpiresAt,
        Guid? AliasId,
        DateTime? LastUsedAt,
        string[] Policies,
        string[] Groups,
        double? ToldSecondsLeft);
}
