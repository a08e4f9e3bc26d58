using Hoop.Identity.Mounts;
using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Hoop.Identity.Aliases;

/// <summary>
/// POST|PUT /v1/identity/entity-alias and .../entity-alias/id/{id}, and the same below <c>alias</c> and <c>persona</c>. Creates an alias,
/// or updates the one that the id, or else accessor and name, find. 204 when there was nothing to change.
/// </summary>
internal static class SetAlias
{
    // The accessor is the one of API tokens, which every gateway has.
    private const string Example =
        $$"""{ "name": "alice", "canonical_id": "{{BodyExample.SomeId}}", "mount_accessor": "auth_token_59782eb8" }""";

    public static void Map(RouteGroupBuilder identity)
    {
        foreach (var (path, suffix, fields) in AliasPaths.All)
        {
            identity.MapVaultWrite(path, $"SetEntity{suffix}", Policies.Admin, fields, Answer)
                .WithBody(Example)
                .Produces(StatusCodes.Status204NoContent);
            identity.MapVaultWrite($"{path}/id/{{id:vault_id}}", $"SetEntity{suffix}ById", Policies.Admin, fields, Answer)
                .WithBody(Example)
                .Produces(StatusCodes.Status204NoContent);
        }
    }

    private static async Task<VaultAnswer<Response>> Answer(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var request = new Request(AliasChange.Read(body));
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.ToVault(
            written => written.Change == AliasWrite.Nothing ? null : new Response(written.Id, written.EntityId), body.Warnings);
    }

    internal sealed record Request(AliasChange Change) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) => new(
            "entity_alias", value.Change == AliasWrite.Created ? AuditAction.Create : AuditAction.Update, value.Id)
        {
            // Who finds what it would write waits for nobody, so its facts may be gone when the row is written.
            Fields = value.Change == AliasWrite.Nothing
                ? new AuditFields { { "changed", false } }
                : Change.Facts(value.EntityId, value.Accessor, value.Name),
        };
    }

    internal sealed record Written(Guid Id, Guid EntityId, string Accessor, string Name, AliasWrite Change);

    internal sealed record Response(Guid Id, Guid CanonicalId);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Change).Custom((change, context) =>
        {
            if (change.Problem is { } problem)
            {
                context.AddFailure(problem);
            }
        });
    }

    internal sealed class Handler(Db db, ICaller caller, AliasStore store) : IRequestHandler<Request, Result<Written>>
    {
        public async Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.AnnounceRights(caller.OrgId);
            try
            {
                return await store.Write(request.Change, cancellationToken);
            }
            catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) is { } constraint
                && constraint.StartsWith("entity_aliases_", StringComparison.Ordinal))
            {
                // Only the indexes decide between two writers of one moment.
                return constraint switch
                {
                    "entity_aliases_one_a_mount" => AliasErrors.HasOne,
                    "entity_aliases_entity" => AliasErrors.NoEntity,
                    "entity_aliases_accessor_fkey" => MountErrors.NoAccessor(request.Change.Accessor),
                    _ => AliasErrors.NameTaken,
                };
            }
        }
    }
}

internal enum AliasWrite
{
    Nothing,
    Created,
    Updated,
}

/// <summary>Today's path, and the two that Vault had before.</summary>
internal static class AliasPaths
{
    public static readonly (string Path, string Name, VaultFields Fields)[] All =
    [
        ("/entity-alias", "Alias", AliasChange.Fields),
        ("/alias", "OldAlias", AliasChange.OldFields),
        ("/persona", "Persona", AliasChange.OldFields),
    ];
}
