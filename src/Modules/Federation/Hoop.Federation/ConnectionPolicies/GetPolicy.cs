using Hoop.Federation.Connections;
using Hoop.Federation.Principals;
using Hoop.Federation.Providers;
using Hoop.Shared.Sealing;
using Microsoft.AspNetCore.Http;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>GET /api/connections/{nameOrId}/federation. The policy without its credentials.</summary>
internal static class GetPolicy
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapGet("/{nameOrId}/federation", async (
            string nameOrId, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(nameOrId), cancellationToken)).ToTagged(context))
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(string NameOrId) : IQuery<PolicyView>;

    internal sealed class Handler(
        FederationFlag flag, FindConnection findConnection, FindPolicy findPolicy, PrincipalOwners owners, ProviderSet providers,
        SealingKeys keys, ICaller caller)
        : IRequestHandler<Request, Result<PolicyView>>
    {
        public async Task<Result<PolicyView>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!await flag.IsOn(caller.OrgId, cancellationToken))
            {
                return FederationFlag.Off;
            }

            if (await findConnection.By(caller.OrgId, request.NameOrId, cancellationToken) is not { } connection)
            {
                return ConnectionErrors.ConnectionNotFound;
            }

            if (await findPolicy.Of(caller.OrgId, connection.Id, cancellationToken) is not { } policy)
            {
                return PolicyErrors.NotFound;
            }

            var conflicts = await owners.Conflicts(caller.OrgId, connection.Id, cancellationToken);
            return policy.ToView(providers) with
            {
                PrincipalConflicts = conflicts.Count > 0 ? conflicts : null,
                CredentialsSha256 = PolicyCredentials.DigestOf(policy, StoredPolicy.PlaceOf(caller.OrgId, connection.Id), keys),
            };
        }
    }
}
