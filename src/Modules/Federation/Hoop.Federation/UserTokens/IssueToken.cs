using System.Text.Json.Serialization;
using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Connections;
using Hoop.Federation.Providers;
using Hoop.Federation.Sessions;

namespace Hoop.Federation.UserTokens;

/// <summary>
/// POST /api/connections/{nameOrId}/federation/token. The caller's own short-lived credentials, for tools on the caller's machine; nobody
/// gets anybody else's, and the connection's own secrets stay where they are.
/// </summary>
internal static class IssueToken
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapPost("/{nameOrId}/federation/token", async (string nameOrId, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(nameOrId), cancellationToken)).Select(given => given.Response).ToOk())
        .RequireAuthorization(Policies.Authenticated);

    internal sealed record Request(string NameOrId) : IAction<Given>
    {
        public AuditEntry Intent => new("federation_token", AuditAction.Create, NameOrId);

        public AuditEntry Audit(Given value) => Intent with
        {
            ResourceId = value.ConnectionId.ToString(),
            Fields = new AuditFields
            {
                { "connection", value.Response.Connection },
                { "provider", value.Response.Provider },
                { "resolved_principal", value.Response.Principal },
                { "admin_principal", value.Response.AdminPrincipal },
                { "token_expires_at", value.Response.ExpiresAt },
                { "fallback_applied", value.Response.FallbackApplied },
                { "identity_token_id", value.TokenId },
            },
        };
    }

    internal sealed record Given(Guid ConnectionId, Guid? TokenId, Response Response);

    /// <param name="ExpiresAt">RFC 3339 in UTC.</param>
    /// <param name="Variables">What a session would have as variables.</param>
    /// <param name="Files">What it would have as files: the contents, by the variable that would hold the path.</param>
    /// <param name="IdentityToken">What stands in the gateway's identity token, when one was used.</param>
    internal sealed record Response(
        string Connection,
        string Provider,
        string Principal,
        string AdminPrincipal,
        string ExpiresAt,
        bool FallbackApplied,
        IReadOnlyDictionary<string, string> Variables,
        IReadOnlyDictionary<string, string> Files,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IdentityTokenFacts? IdentityToken)
    {
        /// <summary>The credentials are not printed.</summary>
        public override string ToString() => $"{nameof(Response)} {{ Connection = {Connection}, Principal = {Principal} }}";
    }

    internal sealed class Handler(
        FederationFlag flag, FindConnection findConnection, FindPolicy findPolicy, SessionResolver resolver, ICaller caller)
        : IRequestHandler<Request, Result<Given>>
    {
        public async Task<Result<Given>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (caller.Current!.Kind == CallerKind.Agent)
            {
                return SessionErrors.NoAgents;
            }

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

            return (await resolver.Resolve(caller.OrgId, policy, LiveSession.UserOf(caller.Current!), cancellationToken)).Select(
                resolution => new Given(connection.Id, resolution.Issued.Identity?.TokenId, Of(connection, resolution)));
        }

        private static Response Of(Connection connection, Resolution resolution) => new(
            connection.Name,
            resolution.Provider.Name,
            resolution.Principal.Name,
            resolution.Issued.AdminPrincipal,
            Rfc3339.Of(resolution.Issued.ExpiresAt),
            resolution.FallbackApplied,
            resolution.Issued.Variables,
            resolution.Issued.Files,
            resolution.Issued.Identity is { } identity
                ? new IdentityTokenFacts(identity.Issuer, identity.Subject, identity.Audience)
                : null);
    }
}
