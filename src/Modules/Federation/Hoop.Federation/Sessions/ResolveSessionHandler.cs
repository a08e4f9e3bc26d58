using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Connections;
using Hoop.Federation.Contracts;
using Hoop.Federation.Principals;
using Hoop.Shared.Sealing;

namespace Hoop.Federation.Sessions;

internal sealed class ResolveSessionHandler(
    FindConnection findConnection,
    FindPolicy findPolicy,
    FederationFlag flag,
    SessionResolver resolver,
    SealingKeys keys,
    ICaller caller,
    ISender sender) : IRequestHandler<ResolveSession, SessionResolution>
{
    public async Task<SessionResolution> Handle(ResolveSession request, CancellationToken cancellationToken)
    {
        if (await findConnection.By(request.OrgId, request.Connection, cancellationToken) is not { } connection)
        {
            return Refuse(ConnectionErrors.ConnectionNotFound);
        }

        if (!connection.OpenSecrets(keys, request.OrgId).Succeeded(out var secrets, out var error))
        {
            return Refuse(error);
        }

        if (await findPolicy.Of(request.OrgId, connection.Id, cancellationToken) is not { } policy)
        {
            return new SessionResolution(new SessionEnvironment(secrets.Variables.ToDictionary(), secrets.Files.ToDictionary(), Federated: null), null);
        }

        // With the flag off, nobody silently gets the shared key that the policy was meant to replace.
        var resolved = await flag.IsOn(request.OrgId, cancellationToken)
            ? await resolver.Resolve(request.OrgId, policy, new SessionUser(request.UserEmail, request.UserId), cancellationToken)
            : FederationFlag.Off;
        await Record(request, connection, resolved, cancellationToken);
        return resolved.Succeeded(out var resolution, out error) ? Allow(secrets, resolution) : Refuse(error with { Message = Prefixed(error.Message) });
    }

    private static SessionResolution Allow(ConnectionSecrets secrets, Resolution resolution)
    {
        var federated = FederatedVariables.Of(resolution.Principal, resolution.ProjectId, resolution.Token);
        var environment = new SessionEnvironment(
            FederatedVariables.Overlay(secrets.Variables, federated),
            FederatedVariables.Files(secrets.Files, federated),
            new FederatedSession(resolution.Principal.Email, resolution.AdminPrincipal, resolution.Token.ExpiresAt, resolution.FallbackApplied));
        return new SessionResolution(environment, Refusal: null);
    }

    private static SessionResolution Refuse(Error error) => new(Environment: null, new SessionRefusal(error.Code, error.Message));

    private static string Prefixed(string message) => message.StartsWith("federation failed", StringComparison.Ordinal) ? message : $"federation failed: {message}";

    private Task Record(ResolveSession request, Connection connection, Result<Resolution> resolved, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["connection"] = connection.Name,
            ["user_email"] = request.UserEmail,
            ["user_id"] = request.UserId,
        };
        if (resolved.Succeeded(out var resolution, out var error))
        {
            fields["resolved_principal"] = resolution.Principal.Email;
            fields["admin_principal"] = resolution.AdminPrincipal;
            fields["token_expires_at"] = resolution.Token.ExpiresAt;
            fields["fallback_applied"] = resolution.FallbackApplied;
        }

        var entry = new AuditEntry("federation_session", AuditAction.Use, connection.Id) { Fields = fields, Failure = error?.Code };
        return sender.Send(new RecordAudit(request.OrgId, caller.Current, entry), cancellationToken);
    }
}
