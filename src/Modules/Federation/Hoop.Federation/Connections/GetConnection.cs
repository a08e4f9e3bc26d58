using Hoop.Shared.Sealing;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Connections;

/// <summary>GET /api/connections/{nameOrId}. Admins also see the secrets, which the command line needs for a dry run.</summary>
internal static class GetConnection
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapGet("/{nameOrId}", async (string nameOrId, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(nameOrId), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Authenticated);

    internal sealed record Request(string NameOrId) : IQuery<ConnectionView>;

    internal sealed class Handler(FindConnection find, ICaller caller, SealingKeys keys, ISender sender) : IRequestHandler<Request, Result<ConnectionView>>
    {
        public async Task<Result<ConnectionView>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await find.By(caller.OrgId, request.NameOrId, cancellationToken) is not { } connection)
            {
                return ConnectionErrors.NotFound;
            }

            var secrets = ConnectionSecrets.None;
            if (caller.Current?.Role == Role.Admin && !connection.OpenSecrets(keys, caller.OrgId).Succeeded(out secrets, out var unreadable))
            {
                return unreadable;
            }

            var agent = connection.AgentId is { } agentId ? await sender.Send(new FindAgent(caller.OrgId, agentId.ToString()), cancellationToken) : null;
            return ConnectionView.Of(connection, agent?.Connected ?? false, secrets).For(caller.Current);
        }
    }
}
