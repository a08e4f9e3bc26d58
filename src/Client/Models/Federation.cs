using System.Text.Json;

namespace Hoop.Client;

/// <summary>How a policy looks to API clients.</summary>
/// <param name="Revision">Extension: changes with every write; what ETag and If-Match hold.</param>
/// <param name="Warnings">Extension: what works and may surprise.</param>
/// <param name="PrincipalConflicts">Extension: who was refused lately, because another user owns the account.</param>
public sealed record PolicyView(
    Guid Id,
    Guid ConnectionId,
    Guid Revision,
    string HookSource,
    string BuiltinProvider,
    string IdentitySourceAttribute,
    string IdentityTargetTemplate,
    string FallbackPolicy,
    int TokenTtlSeconds,
    JsonElement ExtraConfig,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    bool? HasAdminCredentials = null,
    string? ReadonlyPrincipal = null,
    IReadOnlyList<string>? Warnings = null,
    IReadOnlyList<PrincipalConflict>? PrincipalConflicts = null,
    string? CredentialsSha256 = null);

/// <param name="Owner">The address of the user whom the account belongs to.</param>
/// <param name="Refused">The address of the last one who rendered to it as well.</param>
public sealed record PrincipalConflict(string Principal, string Owner, string Refused, DateTimeOffset RefusedAt);

/// <summary>
/// What a client may say about a policy. Members that only the server sets are ignored, so that what GET answered can be PUT back; any
/// other one is refused, because a misspelt restriction restricts nothing.
/// </summary>
/// <param name="AdminCredentialsJson">The key file as text. Absent or empty keeps the stored one; never answered.</param>
public sealed record PolicyBody(
    string? HookSource = null,
    string? BuiltinProvider = null,
    string? AdminCredentialsJson = null,
    string? IdentitySourceAttribute = null,
    string? IdentityTargetTemplate = null,
    string? FallbackPolicy = null,
    string? ReadonlyPrincipal = null,
    int? TokenTtlSeconds = null,
    JsonElement? ExtraConfig = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => nameof(PolicyBody);
}

/// <param name="ExpiresAt">RFC 3339 in UTC.</param>
/// <param name="Variables">What a session would have as variables.</param>
/// <param name="Files">What it would have as files: the contents, by the variable that would hold the path.</param>
public sealed record IssueTokenResponse(
    string Connection,
    string Provider,
    string Principal,
    string AdminPrincipal,
    string ExpiresAt,
    bool FallbackApplied,
    IReadOnlyDictionary<string, string> Variables,
    IReadOnlyDictionary<string, string> Files,
    IdentityTokenFacts? IdentityToken = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(IssueTokenResponse)} {{ Connection = {Connection} }}";
}

/// <param name="Audience">What the exchange is asked for with it.</param>
/// <param name="TokenUrl">The token endpoint.</param>
/// <param name="ExpiresAt">RFC 3339 in UTC.</param>
public sealed record IssueSubjectTokenResponse(
    string Connection, string SubjectToken, string SubjectTokenType, string Audience, string TokenUrl, string ExpiresAt)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(IssueSubjectTokenResponse)} {{ Connection = {Connection} }}";
}

/// <summary>What stands in the gateway's identity token, when one was used.</summary>
public sealed record IdentityTokenFacts(string Issuer, string Subject, string Audience);

public sealed record TestFederationRequest(
    string? UserEmail,
    PolicyBody? Config,
    TestFederationTarget? Connection,
    string? UserId = null);

/// <param name="Envs">Clear text; may be credentials, so they are not printed. They win over the stored ones of the same name.</param>
/// <param name="Name">Extension: a stored connection, whose secrets the gateway opens itself; so no client reads them in order to try a
/// policy.</param>
public sealed record TestFederationTarget(
    string? AgentId = null,
    IReadOnlyList<string>? Command = null,
    string? TestScript = null,
    IReadOnlyDictionary<string, string>? Envs = null,
    string? Name = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(TestFederationTarget)} {{ Name = {Name} }}";
}

/// <param name="ProbeStatus">success, failed or skipped.</param>
/// <param name="Warnings">Extension: what works in this run and may surprise later.</param>
public sealed record TestFederationResponse(
    bool Success,
    string? ResolvedPrincipal = null,
    string? AdminPrincipal = null,
    IReadOnlyList<string>? EnvVarKeys = null,
    IReadOnlyList<string>? SupersededEnvVars = null,
    string? TokenExpiresAt = null,
    string? ProbeStatus = null,
    string? ProbeOutput = null,
    string? Error = null,
    IReadOnlyList<string>? Warnings = null,
    IdentityTokenFacts? IdentityToken = null);

/// <param name="Owner">The address that the user had when the account became theirs.</param>
/// <param name="OwnerId">The user's stable subject, which decides.</param>
public sealed record ListPrincipalsOwnedPrincipal(string Principal, string Owner, string OwnerId, DateTimeOffset CreatedAt);
