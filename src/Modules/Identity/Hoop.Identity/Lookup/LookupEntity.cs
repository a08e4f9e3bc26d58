using Hoop.Identity.Entities;
using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Lookup;

/// <summary>POST|PUT /v1/identity/lookup/entity. The entity that one of several keys finds; 204 when there is none.</summary>
internal static class LookupEntity
{
    public static void Map(RouteGroupBuilder identity) => identity
        .MapVaultWrite("/lookup/entity", nameof(LookupEntity), Policies.Auditor, LookupKey.Fields, Answer)
        .WithBody("""{ "name": "alice-liddell" }""")
        .Produces(StatusCodes.Status204NoContent);

    private static async Task<VaultAnswer<Entity>> Answer(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var result = LookupKey.Read(body).Succeeded(out var key, out var error)
            ? await sender.Send(new Request(key), cancellationToken)
            : error;
        return result.ToVault(found => found.Entity, body.Warnings);
    }

    internal sealed record Request(LookupKey Key) : IQuery<Found>;

    internal sealed record Found(Entity? Entity);

    internal sealed class Handler(Db db, ICaller caller, EntityReader entities) : IRequestHandler<Request, Result<Found>>
    {
        public const string FindByAliasSql = """
            SELECT entity_id
            FROM identity.entity_aliases
            WHERE org_id = @OrgId AND (id = @Id::uuid OR (accessor = @Accessor::text AND name_key = @NameKey::text))
            """;

        public async Task<Result<Found>> Handle(Request request, CancellationToken cancellationToken)
        {
            var key = request.Key;
            if (key.Name is not null)
            {
                return new Found(await entities.ByName(key.Name, cancellationToken));
            }

            var id = key.Id is not null
                ? VaultIdConstraint.Parse(key.Id)
                : await db.Of(caller.OrgId).Find<Guid?>(FindByAliasSql, key.AliasValues, cancellationToken);
            return new Found(id is null ? null : await entities.ById(id.Value, cancellationToken));
        }
    }
}
