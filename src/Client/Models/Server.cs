namespace Hoop.Client;

public sealed record HealthEndpointsHoopHealth(string Liveness);

/// <param name="Id">The subject, as hoop answers it for service accounts.</param>
/// <param name="Kind">operator, api_token, user, service_account or agent.</param>
/// <param name="Email">A person's address; for everybody else the subject again: hoop's clients read the account from here.</param>
/// <param name="Status">Always active: whoever is not, is not signed in.</param>
/// <param name="Verified">False for a person whose issuer vouches for no address.</param>
/// <param name="PersonId">The person, or the one that the token belongs to.</param>
/// <param name="Policies">Of the entity and its groups, when there is an entity.</param>
/// <param name="ExpiresAt">When the credential of this request ends, when it does.</param>
public sealed record GetUserInfoResponse(
    string Id,
    string Subject,
    string Kind,
    string Name,
    string Email,
    string Picture,
    string SlackId,
    string Status,
    bool Verified,
    string Role,
    bool IsAdmin,
    IReadOnlyList<string> Groups,
    Guid OrgId,
    string OrgName,
    string TenancyType,
    bool IsMultitenant,
    Guid? PersonId = null,
    Guid? EntityId = null,
    IReadOnlyList<string>? Policies = null,
    Guid? AgentId = null,
    DateTimeOffset? ExpiresAt = null);

/// <param name="ApiUrl">The address that clients use for this gateway: HOOP_PUBLIC_URL.</param>
/// <param name="FeatureFlags">Flag by name, as it counts for the caller's organization.</param>
public sealed record GetServerInfoResponse(
    string Version,
    string AuthMethod,
    string ApiUrl,
    string TenancyType,
    IReadOnlyDictionary<string, bool> FeatureFlags);

public sealed record GetPublicServerInfoResponse(string AuthMethod, GetPublicServerInfoOidc? Oidc = null);

/// <summary>Left out while people cannot sign in.</summary>
/// <param name="Issuer">Its discovery document leads to everything else.</param>
/// <param name="ClientId">Of the public client that people sign in with.</param>
/// <param name="Parameters">Sent along to the issuer's page of authorization.</param>
/// <param name="SignIn">open or invited.</param>
public sealed record GetPublicServerInfoOidc(
    string Issuer,
    string ClientId,
    IReadOnlyList<string> Scopes,
    IReadOnlyDictionary<string, string> Parameters,
    string SignIn);

/// <param name="IdToken">Of the client that GET /api/publicserverinfo names.</param>
/// <param name="AccessToken">In its place: an access token for this gateway that the same client was given.</param>
/// <param name="Token">True asks for a token of the gateway's own, where the issuer's access tokens are for another API. It holds for
/// an hour, for an ID token alone.</param>
public sealed record SignInBody(string? IdToken = null, string? AccessToken = null, bool? Token = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => nameof(SignInBody);
}

/// <param name="Groups">All that count, of admins and of the issuer.</param>
/// <param name="GroupsKnown">False: the issuer does not say which groups the person has, and those of before count.</param>
/// <param name="IsNew">This was the first sign-in.</param>
/// <param name="Warnings">What the person should know.</param>
/// <param name="Token">When it was asked for: clear text, shown in this answer and never again.</param>
public sealed record SignInResponse(
    Guid Id,
    string Subject,
    string Email,
    string Name,
    IReadOnlyList<string> Groups,
    bool GroupsKnown,
    bool IsNew,
    IReadOnlyList<string> Warnings,
    string? Token = null,
    DateTimeOffset? TokenExpiresAt = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(SignInResponse)} {{ Id = {Id} }}";
}
