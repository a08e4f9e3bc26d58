using System.Text.Json;

namespace Hoop.Client;

/// <summary>An issuer as the API shows it: what counts, the preset's defaults among it.</summary>
/// <param name="Source">api, or configuration for the operator's (HOOP_OIDC_ISSUER), which is read-only.</param>
/// <param name="HasIntrospectionSecret">Opaque tokens can be asked about.</param>
/// <param name="HasJwksToken">The key set is fetched with a bearer token.</param>
public sealed record IssuerView(
    Guid Id,
    Guid OrgId,
    string Issuer,
    string Source,
    string Preset,
    IReadOnlyList<string> Audiences,
    string AudienceClaim,
    IReadOnlyList<string> Algorithms,
    int LeewaySeconds,
    ClaimNames Claims,
    IReadOnlyDictionary<string, IReadOnlyList<string>> RequiredClaims,
    IssuerState Keys,
    bool HasIntrospectionSecret,
    bool HasJwksToken,
    string? JwksUrl = null,
    JsonElement? Jwks = null,
    string? ClientId = null,
    PeopleView? People = null,
    string? IntrospectionUrl = null,
    string? IntrospectionClientId = null,
    string? JwksCaPem = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null);

/// <summary>How people of the organization sign in at the issuer: what counts.</summary>
/// <param name="SignIn">open or invited.</param>
/// <param name="GroupsKeep">How long the groups count that the issuer told, as Go writes it.</param>
public sealed record PeopleView(
    string SignIn,
    IReadOnlyList<string> Scopes,
    IReadOnlyDictionary<string, string> Parameters,
    string GroupsKeep,
    bool TrustEmail,
    string? HostedDomain = null,
    string? GroupsClaim = null);

/// <summary>Marks an issuer as the one at which the people of its organization sign in, with the issuer's client_id.</summary>
/// <param name="SignIn">open or invited.</param>
/// <param name="HostedDomain">The hd that tokens must carry (Google).</param>
/// <param name="Scopes">What hoop login asks for.</param>
/// <param name="Parameters">What the provider's page of authorization wants to see besides.</param>
/// <param name="GroupsClaim">The claim that lists groups; without it admins set them.</param>
/// <param name="GroupsKeep">How long the last known groups count, as Go writes it.</param>
/// <param name="TrustEmail">Take email although nothing says that it was verified.</param>
public sealed record PeopleSettings(
    string? SignIn = null,
    string? HostedDomain = null,
    IReadOnlyList<string>? Scopes = null,
    IReadOnlyDictionary<string, string>? Parameters = null,
    string? GroupsClaim = null,
    string? GroupsKeep = null,
    bool? TrustEmail = null);

/// <param name="Subject">Names the account.</param>
/// <param name="Email">A person's address.</param>
/// <param name="Groups">Read at sign-in, never for an access token.</param>
/// <param name="ClientId">The client that got the token.</param>
public sealed record ClaimNames(string Subject, string Email, string Groups, string ClientId);

/// <summary>How its keys stand on the gateway that answers.</summary>
/// <param name="State">loading, current, stale (the last fetch failed, the last good keys are in use), empty (no key of the document
/// can be used: tokens are refused), failing (there are none: tokens are refused).</param>
/// <param name="Count">How many verify signatures.</param>
/// <param name="Skipped">Elements of the document that do not, and why.</param>
/// <param name="LastError">Why the last fetch failed; null when it went well.</param>
public sealed record IssuerState(
    string State,
    int Count,
    IReadOnlyList<string> Skipped,
    int? AgeSeconds = null,
    string? LastError = null);

/// <param name="Issuer">May be left out where the preset has only one.</param>
/// <param name="IntrospectionUrl">Whom to ask about opaque tokens (RFC 7662), with the id and the secret of a client there.</param>
/// <param name="IntrospectionSecret">Never answered; what is not given again stays, as long as the URL does.</param>
/// <param name="JwksCaPem">Authorities for this issuer's URLs in place of the system's.</param>
/// <param name="JwksToken">Sent to the key set's URL; what is not given again stays, and an empty one takes it away.</param>
public sealed record CreateIssuerRequest(
    string? Issuer,
    IReadOnlyList<string>? Audiences,
    string? Preset = null,
    string? AudienceClaim = null,
    string? JwksUrl = null,
    JsonElement? Jwks = null,
    IReadOnlyList<string>? Algorithms = null,
    int? LeewaySeconds = null,
    ClaimNamesInput? Claims = null,
    IReadOnlyDictionary<string, IReadOnlyList<string>>? RequiredClaims = null,
    string? ClientId = null,
    PeopleSettings? People = null,
    string? IntrospectionUrl = null,
    string? IntrospectionClientId = null,
    string? IntrospectionSecret = null,
    string? JwksCaPem = null,
    string? JwksToken = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => nameof(CreateIssuerRequest);
}

public sealed record ClaimNamesInput(string? Subject = null, string? Email = null, string? Groups = null, string? ClientId = null);

/// <param name="Issuer">URL or id: whom to ask about an opaque token, where there are several.</param>
public sealed record TestIssuerRequest(string? Token = null, string? Issuer = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => nameof(TestIssuerRequest);
}

/// <param name="IntrospectionSecret">Of the client that asks about opaque tokens; empty: there shall be none.</param>
/// <param name="JwksToken">With which the key set is fetched; empty: there shall be none.</param>
public sealed record CompareIssuerSecretsRequest(string? IntrospectionSecret = null, string? JwksToken = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => nameof(CompareIssuerSecretsRequest);
}

/// <param name="Differs">The names of those that are other ones than the stored, or not stored at all.</param>
public sealed record CompareIssuerSecretsResponse(IReadOnlyList<string> Differs);

/// <param name="Accepted">Whether it would get in now.</param>
/// <param name="Steps">In order. After a step that ends it the others are not asked.</param>
/// <param name="Rules">What each rule of the issuer says, the strongest first, where no account is registered for the subject.</param>
/// <param name="Issuer">Which one judged it; null when none did.</param>
/// <param name="Subject">The account's, as the token names it; null when it was not read.</param>
public sealed record TestIssuerResponse(
    bool Accepted,
    IReadOnlyList<TokenStep> Steps,
    IReadOnlyList<RuleOutcome> Rules,
    string? Issuer = null,
    Guid? IssuerId = null,
    string? Subject = null);

/// <summary>One question about a token.</summary>
/// <param name="Step">Stable, snake_case.</param>
/// <param name="Accepted">The answer.</param>
/// <param name="Detail">What was found; of a refusal, why.</param>
public sealed record TokenStep(string Step, bool Accepted, string Detail);

/// <summary>What one rule says to one token.</summary>
/// <param name="Matches">All conditions hold.</param>
/// <param name="Detail">Of a rule that does not match: the first condition that fails, and what the token has there.</param>
public sealed record RuleOutcome(string Rule, bool Matches, string Detail);

/// <param name="Issuer">May be left out where the preset has only one.</param>
/// <param name="IntrospectionUrl">Whom to ask about opaque tokens (RFC 7662), with the id and the secret of a client there.</param>
/// <param name="IntrospectionSecret">Never answered; what is not given again stays, as long as the URL does.</param>
/// <param name="JwksCaPem">Authorities for this issuer's URLs in place of the system's.</param>
/// <param name="JwksToken">Sent to the key set's URL; what is not given again stays, and an empty one takes it away.</param>
public sealed record UpdateIssuerRequest(
    string? Issuer,
    IReadOnlyList<string>? Audiences,
    string? Preset = null,
    string? AudienceClaim = null,
    string? JwksUrl = null,
    JsonElement? Jwks = null,
    IReadOnlyList<string>? Algorithms = null,
    int? LeewaySeconds = null,
    ClaimNamesInput? Claims = null,
    IReadOnlyDictionary<string, IReadOnlyList<string>>? RequiredClaims = null,
    string? ClientId = null,
    PeopleSettings? People = null,
    string? IntrospectionUrl = null,
    string? IntrospectionClientId = null,
    string? IntrospectionSecret = null,
    string? JwksCaPem = null,
    string? JwksToken = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => nameof(UpdateIssuerRequest);
}
