using System.Text.Json.Serialization;
using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

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
        VaultField.Text("id", "The entity to update; without it the name decides. On the path of a name it must be that entity's."),
        VaultField.Text("name", "Its name; generated when a new entity has none."),
        VaultField.List("policies", "The policies tied to it."),
        VaultField.Flag("disabled", "Whether its credentials are refused."),
        VaultField.Pairs("metadata", "Texts by key."),
        .. Hygiene.Fields,
    ];

    public static void Map(RouteGroupBuilder identity)
    {
        identity.MapVaultWrite("/entity", "SetEntity", Policies.Admin, Fields, WithAnswer)
            .WithBody("""{ "name": "alice", "policies": ["dev"], "metadata": { "team": "data" } }""");
        identity.MapVaultWrite("/entity/id/{id:vault_id}", "SetEntityById", Policies.Admin, Fields, WithAnswer)
            .WithBody("""{ "name": "alice-liddell", "disabled": false }""");
        identity.MapVaultWrite(
            "/entity/name/{**name:minlength(1)}",
            "SetEntityByName",
            Policies.Admin,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            (await Send(body, byName: true, sender, cancellationToken)).ToVault(
                written => written.Created ? Response.Of(written) : null, body.Warnings))
            .WithBody("""{ "policies": ["dev", "ops"] }""")
            .Produces(StatusCodes.Status204NoContent);
    }

    private static async Task<VaultAnswer<Response>> WithAnswer(VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        (await Send(body, byName: false, sender, cancellationToken)).ToVault(Response.Of, body.Warnings);

    private static async Task<Result<Written>> Send(VaultBody body, bool byName, ISender sender, CancellationToken cancellationToken)
    {
        var request = new Request(body.Text("id"), byName, EntityChange.Read(body));
        return body.Error is { } error ? error : await sender.Send(request, cancellationToken);
    }

    /// <param name="Id">Empty, or the entity that must exist.</param>
    /// <param name="ByName">
    /// The path is that of the name, and policies were asked about it: no id of the body may lead to another entity.
    /// </param>
    internal sealed record Request(string Id, bool ByName, EntityChange Change) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) =>
            new("entity", value.Created ? AuditAction.Create : AuditAction.Update, value.Id)
            {
                Fields = Change.Facts(value.Name),
                Told = "name",
            };
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

    internal sealed class Handler(Db db, ICaller caller, EntityWriter writer) : IRequestHandler<Request, Result<Written>>
    {
        public async Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request is { Id.Length: > 0, ByName: false })
            {
                return await writer.Update(request, cancellationToken);
            }

            var result = await writer.Create(request, cancellationToken);
            if (request is { Id.Length: > 0, ByName: true } && result.Error is null
                && VaultIdConstraint.Parse(request.Id) != result.Value.Id)
            {
                return EntityErrors.OtherId;
            }

            if (result.Error is null && !result.Value.Created && request.Change.ChangesRights)
            {
                db.AnnounceRights(caller.OrgId, result.Value.Id);
            }

            return result;
        }
    }
}
