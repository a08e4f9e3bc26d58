using Hoop.Identity.Aliases;
using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Groups;

/// <summary>
/// POST|PUT /v1/identity/group-alias and .../group-alias/id/{id}. Creates the alias of an external group, or updates the one with the id.
/// 204 when there was nothing to change.
/// </summary>
internal static class SetGroupAlias
{
    private static readonly VaultFields Fields =
    [
        VaultField.Text("id", "The alias to update; without it one is created."),
        VaultField.Text("name", "What the mount calls the group."),
        VaultField.Text("mount_accessor", "Of the mount."),
        VaultField.Text("canonical_id", "The external group; a new one is made without it."),
    ];

    public static void Map(RouteGroupBuilder identity)
    {
        foreach (var (path, name) in new[] { ("/group-alias", "SetGroupAlias"), ("/group-alias/id/{id:vault_id}", "SetGroupAliasById") })
        {
            identity.MapVaultWrite(path, name, Policies.Admin, Fields, Answer)
                .WithBody("""{ "name": "engineers", "mount_accessor": "auth_token_59782eb8" }""")
                .Produces(StatusCodes.Status204NoContent);
        }
    }

    private static async Task<VaultAnswer<Response>> Answer(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var request = new Request(
            body.Has("id"), body.Text("id"), body.Text("name"), body.Text("mount_accessor"), body.Text("canonical_id"));
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.ToVault(
            written => written.Change == AliasWrite.Nothing ? null : new Response(written.Id, written.GroupId), body.Warnings);
    }

    internal sealed record Request(bool ById, string Id, string Name, string Accessor, string CanonicalId) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) => new(
            "group_alias", value.Change == AliasWrite.Created ? AuditAction.Create : AuditAction.Update, value.Id)
        {
            Fields = new AuditFields { { "name", Name }, { "mount_accessor", Accessor }, { "canonical_id", value.GroupId } },
        };
    }

    internal sealed record Written(Guid Id, Guid GroupId, AliasWrite Change);

    internal sealed record Response(Guid Id, Guid CanonicalId);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Name).Custom((name, context) =>
        {
            if (AliasName.ProblemOf(name) is { } problem)
            {
                context.AddFailure(problem);
            }
        });
    }

    internal sealed class Handler(Db db, ICaller caller, GroupAliasStore store) : IRequestHandler<Request, Result<Written>>
    {
        public async Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.AnnounceRights(caller.OrgId);
            return await store.Write(request, cancellationToken);
        }
    }
}
