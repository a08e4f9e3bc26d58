using Hoop.Identity.Groups;
using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Lookup;

/// <summary>POST|PUT /v1/identity/lookup/group. The group that one of several keys finds; 204 when there is none.</summary>
internal static class LookupGroup
{
    public static void Map(RouteGroupBuilder identity) => identity
        .MapVaultWrite("/lookup/group", nameof(LookupGroup), Policies.Auditor, LookupKey.Fields, Answer)
        .WithBody("""{ "name": "engineers" }""")
        .Produces(StatusCodes.Status204NoContent);

    private static async Task<VaultAnswer<Group>> Answer(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var result = LookupKey.Read(body).Succeeded(out var key, out var error)
            ? await sender.Send(new Request(key), cancellationToken)
            : error;
        return result.ToVault(found => found.Group, body.Warnings);
    }

    internal sealed record Request(LookupKey Key) : IQuery<Found>;

    internal sealed record Found(Group? Group);

    internal sealed class Handler(Db db, ICaller caller, GroupReader groups) : IRequestHandler<Request, Result<Found>>
    {
        public const string FindByAliasSql = """
            SELECT group_id
            FROM identity.group_aliases
            WHERE org_id = @OrgId AND (id = @Id::uuid OR (accessor = @Accessor::text AND name_key = @NameKey::text))
            """;

        public async Task<Result<Found>> Handle(Request request, CancellationToken cancellationToken)
        {
            var key = request.Key;
            if (key.Name is not null)
            {
                return new Found(await groups.ByName(key.Name, cancellationToken));
            }

            var id = key.Id is not null
                ? VaultIdConstraint.Parse(key.Id)
                : await db.Of(caller.OrgId).Find<Guid?>(FindByAliasSql, key.AliasValues, cancellationToken);
            return new Found(id is null ? null : await groups.ById(id.Value, cancellationToken));
        }
    }
}
