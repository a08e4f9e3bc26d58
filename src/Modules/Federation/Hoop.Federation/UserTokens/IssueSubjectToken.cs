using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Connections;
using Hoop.Federation.Minting;
using Hoop.Federation.Providers;
using Hoop.Federation.Providers.GcpIam;
using Hoop.Federation.Sessions;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;

namespace Hoop.Federation.UserTokens;

/// <summary>
/// POST /api/connections/{nameOrId}/federation/subject-token. For Google's client libraries, which exchange it at the gateway's token
/// endpoint: a few minutes of the caller's own right to a token of this connection.
/// </summary>
internal static class IssueSubjectToken
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapPost(
            "/{nameOrId}/federation/subject-token",
            async (string nameOrId, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(nameOrId, CallerIdentity.CredentialOf(context.User));
                return (await sender.Send(request, cancellationToken)).Select(given => given.Response).ToOk();
            })
        .RequireAuthorization(Policies.Authenticated);

    internal sealed record Request(string NameOrId, SecretText? Credential) : IAction<Given>
    {
        public AuditEntry Intent => new("federation_subject_token", AuditAction.Create, NameOrId);

        public AuditEntry Audit(Given value) => Intent with
        {
            ResourceId = value.ConnectionId.ToString(),
            Fields = new AuditFields
            {
                { "connection", value.Response.Connection },
                { "identity_token_id", value.TokenId },
                { "token_expires_at", value.Response.ExpiresAt },
            },
        };
    }

    internal sealed record Given(Guid ConnectionId, Guid TokenId, Response Response);

    /// <param name="Audience">What the exchange is asked for with it.</param>
    /// <param name="TokenUrl">The token endpoint.</param>
    /// <param name="ExpiresAt">RFC 3339 in UTC.</param>
    internal sealed record Response(
        string Connection, string SubjectToken, string SubjectTokenType, string Audience, string TokenUrl, string ExpiresAt)
    {
        /// <summary>The token is not printed.</summary>
        public override string ToString() => $"{nameof(Response)} {{ Connection = {Connection} }}";
    }

    internal sealed class Handler(
        FederationFlag flag, FindConnection findConnection, FindPolicy findPolicy, SubjectTokens tokens, PublicAddress address,
        ICaller caller) : IRequestHandler<Request, Result<Given>>
    {
        public async Task<Result<Given>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!SubjectTokens.IsFor(caller.Current!))
            {
                return caller.Current!.Kind == CallerKind.Agent ? SessionErrors.NoAgents : NotForOperator;
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

            if (policy.BuiltinProvider != GcpIamProvider.ProviderName)
            {
                return Error.Invalid(
                    $"the token endpoint gives Google's tokens; the provider of this connection is {policy.BuiltinProvider}",
                    "provider_not_exchangeable");
            }

            return (await tokens.Issue(caller.Current!, request.Credential, connection.Id, cancellationToken)).Select(
                token => new Given(connection.Id, token.TokenId, Of(connection, token)));
        }

        private Response Of(Connection connection, GatewayToken token) => new(
            connection.Name, token.Value, SubjectTokens.Type, token.Audience, address.Text + ExchangeToken.Path,
            Rfc3339.Of(token.ExpiresAt));

        private static readonly Error NotForOperator = Error.Denied(
            "the operator's token is not for tools; use an API token of the organization, or sign in", "operator_has_none");
    }
}
