using Hoop.Identity.Contracts;
using Hoop.Shared.Text;

namespace Hoop.Identity.Callers;

/// <summary>One probe of the unique index on the alias. Never cached: a disabled entity is refused at once.</summary>
internal sealed class AdmitHandler(Db db, RoleGroups roles) : IRequestHandler<Admit, Verdict<Caller>>
{
    private const string FindEntitySql = """
        SELECT entity.id, entity.policies, entity.disabled
        FROM identity.entity_aliases AS alias
        JOIN identity.entities AS entity ON entity.org_id = alias.org_id AND entity.id = alias.entity_id
        WHERE alias.org_id = @OrgId AND alias.mount = @Mount AND alias.name = @Name
        """;

    public async Task<Verdict<Caller>> Handle(Admit request, CancellationToken cancellationToken)
    {
        var who = request.Authenticated;
        var entity = await db.Of(who.OrgId).Find<Row>(FindEntitySql, new { who.Alias.Mount, who.Alias.Name }, cancellationToken);
        if (entity is { Disabled: true })
        {
            return new Refusal("entity_disabled", $"the entity {entity.Id} of {Printable.Word(who.Alias.ToString())} is disabled");
        }

        var role = who.Kind == CallerKind.Operator ? Role.Admin : roles.RoleOf(who.Groups);
        return new Caller(who.OrgId, who.Kind, who.Alias, who.DisplayName, who.Groups, role)
        {
            Subject = who.Subject,
            Email = who.Email,
            EntityId = entity?.Id,
            Policies = entity?.Policies ?? [],
            AgentId = who.Agent?.Id,
            ExpiresAt = who.ExpiresAt,
        };
    }

    private sealed record Row(Guid Id, string[] Policies, bool Disabled);
}
