using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Shared.Jose;

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
    bool? HasJwksToken = null,
    string[]? FormerClients = null)
{
    // A client that was taken away so many changes ago has no token any more.
    private const int MostFormerClients = 20;

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
        || AlgorithmsOf(before).Except(AlgorithmsOf(this)).Any()
        || KeysOf(before.Jwks).Except(KeysOf(Jwks), StringComparer.Ordinal).Any()
        || (before.Jwks is null) != (Jwks is null)
        || Demands(RequiredClaims).Except(Demands(before.RequiredClaims), StringComparer.Ordinal).Any()
        || Demands(before.RequiredClaims).Except(Demands(RequiredClaims), StringComparer.Ordinal).Any();

    /// <summary>How long the groups of its people count that it does not tell again; null without people.</summary>
    public TimeSpan? KeepsGroupsFor(string issuer) => People is null ? null : SignInOptions.Of(People, issuer).KeepGroups;

    /// <summary>Whether people who signed in by the settings of before have no issuer any more by these.</summary>
    public bool EndsSignInOf(IssuerSettings before) => before.People is not null && (People is null || ClientId != before.ClientId);

    /// <summary>These, with the clients by which people signed in before and do not any more: what they were given there is over.</summary>
    public IssuerSettings After(IssuerSettings before)
    {
        var former = (before.FormerClients ?? []).ToList();
        if (before is { People: not null, ClientId: { } client })
        {
            former.Add(client);
        }

        string[] kept = [.. former.Where(one => one != ClientId).Distinct(StringComparer.Ordinal).TakeLast(MostFormerClients)];
        return this with { FormerClients = kept.Length == 0 ? null : kept };
    }

    public string ToStored() => JsonSerializer.Serialize(this, Json);

    public static IssuerSettings FromStored(string settings) => JsonSerializer.Deserialize<IssuerSettings>(settings, Json)!;

    private static string Shown(PeopleSettings? people) => JsonSerializer.Serialize(people, Json);

    // An algorithm may have two names.
    private static IEnumerable<JwsAlgorithm> AlgorithmsOf(IssuerSettings settings) =>
        settings.Algorithms?.Select(JwsAlgorithms.Find).OfType<JwsAlgorithm>()
        ?? (IssuerPreset.Find(settings.Preset) ?? IssuerPreset.Generic).Algorithms;

    private static IEnumerable<string> KeysOf(string? jwks) =>
        jwks is null ? [] : [.. JsonElement.Parse(jwks).GetProperty("keys").EnumerateArray().Select(key => key.GetRawText())];

    private static IEnumerable<string> Demands(Dictionary<string, string[]>? required) => (required ?? [])
        .Select(claim => JsonSerializer.Serialize(claim.Value.Order(StringComparer.Ordinal).Prepend(claim.Key)));
}
