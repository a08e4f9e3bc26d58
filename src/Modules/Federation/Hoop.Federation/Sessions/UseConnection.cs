using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Connections;
using Hoop.Federation.Contracts;
using Hoop.Federation.Principals;
using Hoop.Shared.Sealing;

namespace Hoop.Federation.Sessions;

/// <summary>
/// Opens a connection's secrets for one user's session, and mints the user's credentials when it has a federation policy.
/// </summary>
internal static class UseConnection
{
    internal sealed record Request(Guid OrgId, string Connection, string UserEmail, string UserId, string? UserMount = null)
        : IAction<Use>
    {
        public Guid? TrailOf => OrgId;

        public AuditEntry Intent => new("federation_session", AuditAction.Use, Connection)
        {
            Fields = new AuditFields { { "user_email", UserEmail }, { "user_id", UserId } },
        };

        public AuditEntry Audit(Use value)
        {
            var fields = new AuditFields(Intent.Fields) { { "connection", value.Connection.Name }, { "federated", value.IsFederated } };
            if (value.Environment.Succeeded(out var environment, out var refused) && environment.Federated is { } session)
            {
                fields.Add("resolved_principal", session.Principal);
                fields.Add("admin_principal", session.AdminPrincipal);
                fields.Add("token_expires_at", session.ExpiresAt);
                fields.Add("fallback_applied", session.FallbackApplied);
                fields.Add("identity_token_id", session.IdentityTokenId);
            }

            return Intent with { ResourceId = value.Connection.Id.ToString(), Fields = fields, Failure = refused?.Code };
        }
    }

    /// <summary>What came of a connection that exists: the environment, or why the user gets none.</summary>
    internal sealed record Use(Connection Connection, bool IsFederated, Result<SessionEnvironment> Environment);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.UserEmail).IsUserText("user_email");
            RuleFor(request => request.UserId).IsUserText("user_id");
        }
    }

    internal sealed class Handler(
        FindConnection findConnection, FindPolicy findPolicy, FederationFlag flag, SessionResolver resolver, SealingKeys keys)
        : IRequestHandler<Request, Result<Use>>
    {
        public async Task<Result<Use>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await findConnection.By(request.OrgId, request.Connection, cancellationToken) is not { } connection)
            {
                return ConnectionErrors.ConnectionNotFound;
            }

            if (!connection.OpenSecrets(keys, request.OrgId).Succeeded(out var secrets, out var error))
            {
                return new Use(connection, IsFederated: false, error);
            }

            if (await findPolicy.Of(request.OrgId, connection.Id, cancellationToken) is not { } policy)
            {
                var environment = new SessionEnvironment(secrets.Variables.ToDictionary(), secrets.Files.ToDictionary(), Federated: null);
                return new Use(connection, IsFederated: false, environment);
            }

            // With the flag off, nobody silently gets the shared key that the policy was meant to replace.
            var resolved = await flag.IsOn(request.OrgId, cancellationToken)
                ? await resolver.Resolve(
                    request.OrgId,
                    policy,
                    new SessionUser(request.UserEmail, request.UserId) { Mount = request.UserMount },
                    cancellationToken)
                : FederationFlag.Off;
            return new Use(
                connection,
                IsFederated: true,
                resolved.Succeeded(out var resolution, out error)
                    ? Allow(secrets, resolution)
                    : error with { Message = Prefixed(error.Message) });
        }

        private static SessionEnvironment Allow(ConnectionSecrets secrets, Resolution resolution) => new(
            resolution.Overlay(secrets.Variables),
            resolution.Files(secrets.Files),
            new FederatedSession(
                resolution.Principal.Name, resolution.Issued.AdminPrincipal, resolution.Issued.ExpiresAt, resolution.FallbackApplied)
            {
                Provider = resolution.Provider.Name,
                FallbackReason = resolution.FallbackReason,
                IdentityTokenId = resolution.Issued.Identity?.TokenId,
            })
        { RenewedFiles = resolution.Issued.Renewed };

        private static string Prefixed(string message) =>
            message.StartsWith("federation failed", StringComparison.Ordinal) ? message : $"federation failed: {message}";
    }
}
