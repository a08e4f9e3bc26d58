using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>What an admin says about an issuer, in the form in which it is stored. What is absent is the preset's.</summary>
internal sealed record IssuerSettings(
    string Preset,
    string[] Audiences,
    string? AudienceClaim,
    string? JwksUrl,
    string? Jwks,
    string[]? Algorithms,
    int? LeewaySeconds,
    ClaimNamesInput? Claims,
    Dictionary<string, string[]>? RequiredClaims,
    string? ClientId,
    PeopleSettings? People = null,
    string? IntrospectionUrl = null,
    string? IntrospectionClientId = null,
    string? JwksCaPem = null,
    bool? HasJwksToken = null)
{
    public const int DefaultLeewaySeconds = 30;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>
    /// Whether somebody may have come in by the settings of before who does not by these. More audiences, algorithms, leeway or keys take
    /// nobody's access away.
    /// </summary>
    public bool IsNarrowerThan(IssuerSettings before) =>
        Preset != before.Preset
        || AudienceClaim != before.AudienceClaim
        || JwksUrl != before.JwksUrl
        || ClientId != before.ClientId
        || (before.People is not null && Shown(before.People) != Shown(People))
        || Claims != before.Claims
        || (before.IntrospectionUrl is not null
            && (IntrospectionUrl != before.IntrospectionUrl || IntrospectionClientId != before.IntrospectionClientId))
        || (LeewaySeconds ?? DefaultLeewaySeconds) < (before.LeewaySeconds ?? DefaultLeewaySeconds)
        || before.Audiences.Except(Audiences, StringComparer.Ordinal).Any()
        || AlgorithmNames(before).Except(AlgorithmNames(this), StringComparer.Ordinal).Any()
        || KeysOf(before.Jwks).Except(KeysOf(Jwks), StringComparer.Ordinal).Any()
        || (before.Jwks is null) != (Jwks is null)
        || Demands(RequiredClaims).Except(Demands(before.RequiredClaims), StringComparer.Ordinal).Any()
        || Demands(before.RequiredClaims).Except(Demands(RequiredClaims), StringComparer.Ordinal).Any();

    /// <summary>Whether people who signed in by the settings of before have no issuer any more by these.</summary>
    public bool EndsSignInOf(IssuerSettings before) => before.People is not null && (People is null || ClientId != before.ClientId);

    public string ToStored() => JsonSerializer.Serialize(this, Json);

    public static IssuerSettings FromStored(string settings) => JsonSerializer.Deserialize<IssuerSettings>(settings, Json)!;

    private static string Shown(PeopleSettings? people) => JsonSerializer.Serialize(people, Json);

    private static IEnumerable<string> AlgorithmNames(IssuerSettings settings) => settings.Algorithms
        ?? (IssuerPreset.Find(settings.Preset) ?? IssuerPreset.Generic).Algorithms.Select(algorithm => algorithm.ToString());

    private static IEnumerable<string> KeysOf(string? jwks) =>
        jwks is null ? [] : [.. JsonElement.Parse(jwks).GetProperty("keys").EnumerateArray().Select(key => key.GetRawText())];

    private static IEnumerable<string> Demands(Dictionary<string, string[]>? required) => (required ?? [])
        .Select(claim => JsonSerializer.Serialize(claim.Value.Order(StringComparer.Ordinal).Prepend(claim.Key)));
}
