using MediatR;

namespace Hoop.Federation.Contracts;

/// <summary>
/// With which environment does this user's session on the connection run? Opens the secrets, asks Google when the connection has a
/// federation policy, and leaves an audit row before and one after, whatever the answer is. An action: it is refused inside of a
/// command.
/// </summary>
/// <param name="Connection">Name or id, inside the organization.</param>
/// <param name="UserEmail">The verified address of the user; for a service account its subject.</param>
/// <param name="UserId">The user's stable subject.</param>
public sealed record ResolveSession(Guid OrgId, string Connection, string UserEmail, string UserId) : IRequest<SessionResolution>;

/// <summary>Exactly one of the two is there.</summary>
public sealed record SessionResolution(SessionEnvironment? Environment, SessionRefusal? Refusal);

/// <summary>What a session may use.</summary>
/// <param name="Variables">Environment variables in clear text: the connection's own without the superseded ones, and the federated
/// ones.</param>
/// <param name="Files">File secrets by name, in clear text, without the superseded ones.</param>
/// <param name="Federated">Null when the connection has no federation policy.</param>
public sealed record SessionEnvironment(
    IReadOnlyDictionary<string, string> Variables,
    IReadOnlyDictionary<string, string> Files,
    FederatedSession? Federated)
{
    /// <summary>
    /// Credentials of the provider as files, by name of the variable that is to hold the path: a session that outlives them can be given
    /// fresh ones there. What has to be a file is among <see cref="Files"/> too.
    /// </summary>
    public IReadOnlyDictionary<string, string> RenewedFiles { get; init; } = new Dictionary<string, string>();

    /// <summary>Values may be credentials, so they are not printed.</summary>
    public override string ToString() => $"{nameof(SessionEnvironment)} {{ Federated = {Federated} }}";
}

/// <param name="Principal">The cloud account that the session acts as.</param>
/// <param name="AdminPrincipal">The account whose key minted the token.</param>
/// <param name="ExpiresAt">As Google stated it.</param>
/// <param name="FallbackApplied">True when the user's own principal was refused and the policy's read-only one took its place.</param>
public sealed record FederatedSession(string Principal, string AdminPrincipal, DateTimeOffset ExpiresAt, bool FallbackApplied)
{
    /// <summary>The policy's, such as <c>gcp_iam</c>.</summary>
    public string? Provider { get; init; }

    /// <summary>The gateway's identity token that the provider was shown, when one was; for the audit trail.</summary>
    public Guid? IdentityTokenId { get; init; }

    /// <summary>Why the user's own principal was refused, when <see cref="FallbackApplied"/>.</summary>
    public string? FallbackReason { get; init; }
}

/// <param name="Code">Stable: <c>connection_not_found</c>, <c>feature_disabled</c>, <c>principal_denied</c>, …; listed in
/// docs/federation.md.</param>
/// <param name="Message">For a person; holds no secret.</param>
public sealed record SessionRefusal(string Code, string Message);
