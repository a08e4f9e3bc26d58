using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Groups;

/// <summary>
/// POST|PUT /v1/identity/group, .../group/id/{id}, .../group/name/{name}. Creates a group, or updates the one that the id or else the name
/// finds. New: 200; else 204. Members named here replace those that were there, all or nothing.
/// </summary>
internal static class SetGroup
{
    public static void Map(RouteGroupBuilder identity)
    {
        Map(
            "/group",
            "SetGroup",
            """{ "name": "engineering", "policies": ["dev"], "metadata": { "team": "data" } }""",
            body => body.Has("id") ? GroupKey.Id : body.Has("name") ? GroupKey.Name : GroupKey.None);
        Map("/group/id/{id:vault_id}", "SetGroupById", """{ "name": "engineers", "policies": ["dev", "ops"] }""", _ => GroupKey.Id);
        Map(
            "/group/name/{**name:minlength(1)}",
            "SetGroupByName",
            $$"""{ "member_entity_ids": ["{{BodyExample.SomeId}}"] }""",
            _ => GroupKey.NameOfPath);

        void Map(string path, string name, string example, Func<VaultBody, GroupKey> key) => identity
            .MapVaultWrite(
                path,
                name,
                Policies.Admin,
                GroupChange.Fields,
                (VaultBody body, ISender sender, CancellationToken cancellationToken) => Answer(body, key(body), sender, cancellationToken))
            .WithBody(example)
            .Produces(StatusCodes.Status204NoContent);
    }

    private static async Task<VaultAnswer<Response>> Answer(
        VaultBody body, GroupKey key, ISender sender, CancellationToken cancellationToken)
    {
        var request = new Request(key, body.Text("id"), GroupChange.Read(body));
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.ToVault(written => written.Created ? new Response(written.Id, written.Name) : null, body.Warnings);
    }

    /// <param name="Key">What finds the group.</param>
    internal sealed record Request(GroupKey Key, string Id, GroupChange Change) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) => new("group", value.Created ? AuditAction.Create : AuditAction.Update, value.Id)
        {
            Fields = Change.Facts(value.Name, value.Type),
        };
    }

    internal sealed record Written(Guid Id, string Name, string Type, bool Created);

    internal sealed record Response(Guid Id, string Name);

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

    internal sealed class Handler(Db db, ICaller caller, GroupWriter writer, GroupMembers members)
        : IRequestHandler<Request, Result<Written>>
    {
        public async Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.AnnounceRights(caller.OrgId);
            var result = await writer.Write(request, cancellationToken);
            if (!result.Succeeded(out var written, out var refused))
            {
                return refused;
            }

            // Policies were asked about the name: an id beside it must be the same group's.
            if (request is { Key: GroupKey.NameOfPath, Id.Length: > 0 } && VaultIdConstraint.Parse(request.Id) != written.Id)
            {
                return GroupErrors.OtherId;
            }

            var (entities, groups) = (request.Change.MemberEntityIds, request.Change.MemberGroupIds);
            var error = (entities.IsSupplied ? await members.SetEntities(written.Id, entities.Value ?? [], cancellationToken) : null)
                ?? (groups.IsSupplied ? await members.SetGroups(written.Id, groups.Value ?? [], cancellationToken) : null);
            return error is null ? written : error;
        }
    }
}

internal enum GroupKey
{
    None,
    Id,
    Name,
    NameOfPath,
}
