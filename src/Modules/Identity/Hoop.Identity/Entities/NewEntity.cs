using Hoop.Identity.Organizations;
using Hoop.Shared.Quotas;

namespace Hoop.Identity.Entities;

/// <summary>An entity that nobody named, made because something else needs one. It has its own row in the trail.</summary>
internal sealed class NewEntity(Db db, ICaller caller, QuotaCheck quota, StoreTrail trail)
{
    private const string CreateSql = """
        INSERT INTO identity.entities (id, org_id, name, name_key)
        VALUES (@Id, @OrgId, @Name, @Name)
        """;

    /// <param name="because">What needs it; snake_case.</param>
    public async Task<Result<Guid>> Make(string because, CancellationToken cancellationToken)
    {
        if (await quota.Refuses(caller.OrgId, IdentityQuotas.Entities, cancellationToken) is { } full)
        {
            return full;
        }

        var (id, name) = (RowId.Next(), $"entity-{Guid.NewGuid()}");
        await db.Of(caller.OrgId).Execute(CreateSql, new { Id = id, Name = name }, cancellationToken);
        var entry = new AuditEntry("entity", AuditAction.Create, id)
        {
            Fields = new AuditFields { { "name", name }, { "reason", because } },
        };
        await trail.Record(entry, cancellationToken);
        return id;
    }
}
