using Hoop.Identity.Vault;

namespace Hoop.Identity.Groups;

/// <summary>
/// GET /v1/identity/group/id/{id} and .../group/name/{name}. One group, by its id or by its name in any case of ASCII letters.
/// </summary>
internal static class GetGroup
{
    public static void Map(RouteGroupBuilder identity)
    {
        identity.MapVaultRead(
            "/group/id/{id:vault_id}",
            "GetGroupById",
            Policies.Auditor,
            async (string id, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(new Request(id, Name: null), cancellationToken)).ToVault());
        identity.MapVaultRead(
            "/group/name/{**name:minlength(1)}",
            "GetGroupByName",
            Policies.Auditor,
            async (string name, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(new Request(Id: null, name), cancellationToken)).ToVault());
    }

    internal sealed record Request(string? Id, string? Name) : IQuery<Group>;

    internal sealed class Handler(GroupReader groups) : IRequestHandler<Request, Result<Group>>
    {
        public async Task<Result<Group>> Handle(Request request, CancellationToken cancellationToken)
        {
            var found = request switch
            {
                { Name: { } name } => await groups.ByName(name, cancellationToken),
                { Id: { } text } when VaultIdConstraint.Parse(text) is { } id => await groups.ById(id, cancellationToken),
                _ => null,
            };
            return found is { } group ? group : GroupErrors.NotFound;
        }
    }
}
