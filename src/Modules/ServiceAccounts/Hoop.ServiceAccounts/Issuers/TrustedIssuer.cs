using System.Collections.Frozen;
using Hoop.Shared.Jose;
using Hoop.Shared.Sources;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>An issuer as tokens are judged by it: its settings, and the preset's where they say nothing.</summary>
/// <param name="Id">Of its row; of the issuer of the configuration one that follows from its URL.</param>
/// <param name="OrgId">The one organization whose accounts these tokens are.</param>
/// <param name="Issuer">Exactly what its tokens carry as <c>iss</c>.</param>
/// <param name="Audiences">A token must name at least one of them.</param>
/// <param name="AudienceClaim">Where: <c>aud</c>, or what stands for it in a token without one.</param>
/// <param name="ClientId">What people sign in with: the audience of ID tokens.</param>
/// <param name="IsConfigured">It is that of <c>HOOP_OIDC_ISSUER</c>.</param>
internal sealed record TrustedIssuer(
    Guid Id,
    Guid OrgId,
    string Issuer,
    IssuerPreset Preset,
    IReadOnlyList<string> Audiences,
    string AudienceClaim,
    FrozenSet<JwsAlgorithm> Algorithms,
    TimeSpan Leeway,
    ClaimNames Claims,
    IReadOnlyDictionary<string, string[]> Required,
    string? ClientId,
    bool IsConfigured)
{
    public const string Aud = "aud";

    /// <summary>How people sign in with <see cref="ClientId"/>; null: they do not.</summary>
    public SignInOptions? People { get; init; }

    /// <summary>By which people signed in before, and do not any more.</summary>
    public IReadOnlyList<string> FormerClients { get; init; } = [];

    public Uri DiscoveryUrl => IssuerKeySource.DiscoveryOf(Issuer);

    /// <summary>Where an operator or an admin changes it.</summary>
    public string Place(string variable, string field) => IsConfigured ? variable : $"{field} of /api/issuers/{Id}";

    public static TrustedIssuer Of(StoredIssuer row)
    {
        var settings = row.Read();
        var preset = IssuerPreset.Find(settings.Preset) ?? IssuerPreset.Generic;
        var required = new Dictionary<string, string[]>(preset.Required, StringComparer.Ordinal);
        foreach (var (claim, values) in settings.RequiredClaims ?? [])
        {
            required[claim] = values;
        }

        return new TrustedIssuer(
            row.Id,
            row.OrgId,
            row.Issuer,
            preset,
            settings.Audiences,
            settings.AudienceClaim ?? preset.AudienceClaim,
            (settings.Algorithms?.Select(JwsAlgorithms.Find).OfType<JwsAlgorithm>() ?? preset.Algorithms).ToFrozenSet(),
            TimeSpan.FromSeconds(settings.LeewaySeconds ?? IssuerSettings.DefaultLeewaySeconds),
            preset.Claims.With(settings.Claims),
            required,
            settings.ClientId,
            IsConfigured: false)
        {
            People = settings is { ClientId: not null, People: { } people } ? SignInOptions.Of(people, row.Issuer) : null,
            FormerClients = settings.FormerClients ?? [],
        };
    }
}
