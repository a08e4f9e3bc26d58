using System.Text.Json.Serialization;
using Hoop.Identity.Organizations;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Hoop.Identity.Entities;

/// <summary>
/// POST|PUT /v1/identity/entity, .../entity/id/{id}, .../entity/name/{name}. Creates an entity, or updates the one that the id or else the
/// name finds. A supplied field replaces what is stored, an absent one leaves it: of two writers the later wins field by field.
/// </summary>
internal static class SetEntity
{
    // Not private: the fuzzer reads with them what a route reads.
    public static readonly VaultFields Fields =
    [
        VaultField.Text("id", "The entity to update; without it the name decides."),
        VaultField.Text("name", "Its name; generated when a new entity has none."),
        VaultField.List("policies", "The policies tied to it."),
        VaultField.Flag("disabled", "Whether its credentials are refused."),
        VaultField.Pairs("metadata", "Texts by key."),
    ];

    public static void Map(RouteGroupBuilder identity)
    {
        identity.MapVaultWrite("/entity", "SetEntity", Policies.Admin, Fields, WithAnswer);
        identity.MapVaultWrite("/entity/id/{id:vault_id}", "SetEntityById", Policies.Admin, Fields, WithAnswer);
        identity.MapVaultWrite(
            "/entity/name/{**name:minlength(1)}",
            "SetEntityByName",
            Policies.Admin,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            (await Send(body, sender, cancellationToken)).ToVault(written => written.Created ? Response.Of(written) : null, body.Warnings))
            .Produces(StatusCodes.Status204NoContent);
    }

    private static async Task<VaultAnswer<Response>> WithAnswer(VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        (await Send(body, sender, cancellationToken)).ToVault(Response.Of, body.Warnings);

    private static async Task<Result<Written>> Send(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var request = new Request(body.Text("id"), EntityChange.Read(body));
        return body.Error is { } error ? error : await sender.Send(request, cancellationToken);
    }

    /// <param name="Id">Empty, or the entity that must exist.</param>
    internal sealed record Request(string Id, EntityChange Change) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) =>
            new("entity", value.Created ? AuditAction.Create : AuditAction.Update, value.Id) { Fields = Change.Facts(value.Name) };
    }

    internal sealed record Written(Guid Id, string Name, bool Created);

    /// <param name="Name">Told once, when the entity is new.</param>
    /// <param name="Aliases">Always null here; a read shows them.</param>
    internal sealed record Response(
        Guid Id, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name, IReadOnlyList<object>? Aliases)
    {
        public static Response Of(Written written) => new(written.Id, written.Created ? written.Name : null, Aliases: null);
    }

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

    internal sealed class Handler(Db db, ICaller caller, QuotaCheck quota) : IRequestHandler<Request, Result<Written>>
    {
        private const string UpdateSql = """
            UPDATE identity.entities
            SET name = coalesce(nullif(@Name, ''), name),
                name_key = coalesce(nullif(@NameKey, ''), name_key),
                policies = coalesce(@Policies::text[], policies),
                disabled = coalesce(@Disabled::boolean, disabled),
                metadata = CASE WHEN @HasMetadata THEN @Metadata::jsonb ELSE metadata END,
                updated_at = clock_timestamp()
            WHERE org_id = @OrgId AND id = @Id
            RETURNING id, name
            """;

        private const string CreateSql = """
            INSERT INTO identity.entities AS entity (id, org_id, name, name_key, policies, disabled, metadata)
            VALUES (@Id, @OrgId, @Name, @NameKey, coalesce(@Policies::text[], '{}'), coalesce(@Disabled::boolean, false), @Metadata::jsonb)
            ON CONFLICT (org_id, name_key) DO UPDATE
            SET name = excluded.name,
                policies = coalesce(@Policies::text[], entity.policies),
                disabled = coalesce(@Disabled::boolean, entity.disabled),
                metadata = CASE WHEN @HasMetadata THEN excluded.metadata ELSE entity.metadata END,
                updated_at = clock_timestamp()
            RETURNING id, name
            """;

        public Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken) =>
            request.Id.Length > 0 ? Update(request, cancellationToken) : Create(request, cancellationToken);

        private async Task<Result<Written>> Update(Request request, CancellationToken cancellationToken)
        {
            if (VaultIdConstraint.Parse(request.Id) is not { } id)
            {
                return EntityErrors.NoSuchId;
            }

            try
            {
                return await db.Of(caller.OrgId).Find<Row>(
                    UpdateSql, request.Change.Values(id, request.Change.Name), cancellationToken) is { } row
                    ? new Written(row.Id, row.Name, Created: false)
                    : EntityErrors.NoSuchId;
            }
            catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) == "entities_name_unique")
            {
                // Only the index can decide between two writers that take one name in the same moment.
                return EntityErrors.NameTaken;
            }
        }

        private async Task<Result<Written>> Create(Request request, CancellationToken cancellationToken)
        {
            var id = Guid.CreateVersion7();
            var name = request.Change.Name.Length > 0 ? request.Change.Name : $"entity-{Guid.NewGuid()}";
            var row = await db.Of(caller.OrgId).Find<Row>(CreateSql, request.Change.Values(id, name), cancellationToken);
            var created = row!.Id == id;

            // Only the statement knows whether the entity is new; a refusal undoes it.
            return created && await quota.Refuses(caller.OrgId, IdentityQuotas.Entities, cancellationToken, made: 1) is { } full
                ? full
                : new Written(row.Id, row.Name, created);
        }

        private sealed record Row(Guid Id, string Name);
    }
}
