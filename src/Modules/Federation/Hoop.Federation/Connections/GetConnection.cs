using Hoop.Shared.Sealing;
using Hoop.Spiffe.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Federation.Connections;

/// <summary>
/// GET /api/connections/{nameOrId}. Admins and auditors see the names of the secrets. An admin sees the values too, which is an action
/// with rows of its own (<see cref="GetConnectionSecrets"/>), unless it asks for <c>?secrets=names</c>.
/// </summary>
internal static class GetConnection
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapGet(
            "/{nameOrId}",
            async (string nameOrId, [FromQuery] string? secrets, ICaller caller, ISender sender, CancellationToken cancellationToken) =>
        {
            var found = await sender.Send(new Request(nameOrId, secrets), cancellationToken);
            return found.Succeeded(out var connection, out _)
                && connection.Secret.Count > 0
                && secrets != "names"
                && caller.Current?.Role == Role.Admin
                ? (await sender.Send(new GetConnectionSecrets.Request(connection), cancellationToken)).ToOk()
                : found.ToOk();
        })
        .RequireAuthorization(Policies.Authenticated);

    /// <param name="Shown">Of the secrets; <c>names</c>: an admin does without the values.</param>
    internal sealed record Request(string NameOrId, string? Shown = null) : IQuery<ConnectionView>;

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Shown)
            .Must(shown => shown is null or "names").WithMessage("secrets: the only value is names").OverridePropertyName("secrets");
    }

    internal sealed class Handler(
        FindConnection find, ICaller caller, SealingKeys keys, ISender sender) : IRequestHandler<Request, Result<ConnectionView>>
    {
        public async Task<Result<ConnectionView>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await find.By(caller.OrgId, request.NameOrId, cancellationToken) is not { } connection)
            {
                return ConnectionErrors.NotFound;
            }

            var secrets = ConnectionSecrets.None;
            if (ConnectionView.SeesWiring(caller.Current)
                && !connection.OpenSecrets(keys, caller.OrgId).Succeeded(out secrets, out var unreadable))
            {
                return unreadable;
            }

            var agent = connection.AgentId is { } agentId
                ? await sender.Send(new FindAgent(caller.OrgId, agentId.ToString()), cancellationToken)
                : null;
            return ConnectionView.Of(connection, agent?.Connected ?? false, secrets).For(caller.Current);
        }
    }
}
