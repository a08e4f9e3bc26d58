using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Entities;

/// <summary>
/// POST|PUT /v1/identity/entity/merge. Makes several entities one: aliases, memberships and tokens go to the surviving one, policies and
/// metadata of the others are dropped, as in Vault. All or nothing. 204.
/// </summary>
internal static class MergeEntities
{
    private static readonly VaultFields Fields =
    [
        VaultField.List("from_entity_ids", "The entities that go."),
        VaultField.Text("to_entity_id", "The one that stays."),
        VaultField.Flag("force", "Taken and not used: there is nothing it would override."),
        VaultField.List("conflicting_alias_ids_to_keep", "Of two aliases on one mount, the one that stays."),
    ];

    public static void Map(RouteGroupBuilder identity) => identity.MapVaultWrite(
        "/entity/merge",
        nameof(MergeEntities),
        Policies.Admin,
        Fields,
        async (VaultBody body, ISender sender, AliasClashes clashes, CancellationToken cancellationToken) =>
            new MergeAnswer((await Send(body, sender, cancellationToken)).Error, clashes))
        .WithBody($$"""{ "from_entity_ids": ["{{BodyExample.SomeId}}"], "to_entity_id": "{{BodyExample.OtherId}}" }""");

    private static async Task<Result<Merged>> Send(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var force = body.Flag("force");
        var request = new Request(
            [.. (body.List("from_entity_ids").Value ?? []).Where(id => id.Length > 0)],
            body.Text("to_entity_id"),
            [.. (body.List("conflicting_alias_ids_to_keep").Value ?? []).Where(id => id.Length > 0)]);
        return body.Error is { } error ? error : await sender.Send(request, cancellationToken);
    }

    internal sealed record Request(IReadOnlyList<string> From, string To, IReadOnlyList<string> Keep) : ICommand<Merged>
    {
        public AuditEntry Audit(Merged value) => new("entity", AuditAction.Update, value.To)
        {
            Fields = new AuditFields { { "merged_from", value.From } },
        };
    }

    internal sealed record Merged(Guid To, IReadOnlyList<Guid> From);

    internal sealed class Handler(Db db, ICaller caller, EntityMerge merge) : IRequestHandler<Request, Result<Merged>>
    {
        private const string FindSql = """
            SELECT id
            FROM identity.entities
            WHERE org_id = @OrgId AND id = ANY (@Ids)
            ORDER BY id
            FOR UPDATE
            """;

        public async Task<Result<Merged>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.To.Length == 0 || request.From.Count == 0)
            {
                return request.To.Length == 0 ? MergeErrors.NoTo : MergeErrors.NoFrom;
            }

            db.AnnounceRights(caller.OrgId);
            await db.Of(caller.OrgId).TakeStoreLock(cancellationToken);
            var (to, from) = (
                VaultIdConstraint.Parse(request.To) ?? Guid.Empty,
                request.From.Select(text => VaultIdConstraint.Parse(text) ?? Guid.Empty).Distinct().Order().ToArray());
            var found = await db.Of(caller.OrgId).List<Guid>(FindSql, new { Ids = from.Append(to).ToArray() }, cancellationToken);
            var error = !found.Contains(to) ? MergeErrors.UnknownTo
                : request.From.Count > 1 && request.Keep.Count > 1 ? MergeErrors.OneAtATime
                : from.Contains(to) ? MergeErrors.IntoItself
                : from.Any(id => !found.Contains(id)) ? MergeErrors.UnknownFrom
                : await merge.Resolve(from, to, [.. request.Keep.Select(VaultIdConstraint.Parse).OfType<Guid>()], cancellationToken);
            if (error is not null)
            {
                return error;
            }

            await merge.Move(from, to, cancellationToken);
            return new Merged(to, from);
        }
    }
}

/// <summary>In Vault's words.</summary>
internal static class MergeErrors
{
    public static readonly Error NoTo = Error.Malformed("missing entity id to merge to");

    public static readonly Error NoFrom = Error.Malformed("missing entity ids to merge from");

    public static readonly Error UnknownTo = Error.Malformed("entity id to merge to is invalid");

    public static readonly Error OneAtATime = Error.Malformed(
        "aliases conflicts cannot be resolved with multiple from entity ids - merge one entity at a time");

    public static readonly Error IntoItself = Error.Malformed("to_entity_id should not be present in from_entity_ids");

    public static readonly Error UnknownFrom = Error.Malformed("entity id to merge from is invalid");

    public static Error Shared(string accessor) => Error.Malformed(
        $"mount accessor {accessor} found in multiple fromEntities, merge should be done with one fromEntity at a time");

    public static Error NeitherKept(Guid from, Guid to) => Error.Malformed(
        $"conflicting mount accessors in following alias IDs and neither were present in conflicting_alias_ids_to_keep: {from}, {to}");
}
