using System.Collections.Frozen;
using Hoop.Shared;
using Hoop.Shared.Configuration;
using Hoop.Shared.Outbound;
using Microsoft.Extensions.Configuration;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>The identity provider whose access tokens are accepted: <c>HOOP_OIDC_*</c>. It belongs to the organization "default".</summary>
/// <param name="Issuer">Exactly what its tokens carry as <c>iss</c>.</param>
/// <param name="Audiences">A token must name at least one of them in <c>aud</c>.</param>
/// <param name="KeysUrl">Its JWKS; null: found through discovery (OpenID Connect Discovery 1.0 section 4).</param>
/// <param name="AudienceIsClient">A token without <c>aud</c> is judged by its <c>client_id</c> (Amazon Cognito).</param>
/// <param name="ClientId">What people sign in with: the audience of ID tokens.</param>
/// <param name="People">How they do.</param>
internal sealed record IssuerOptions(
    Guid OrgId,
    string Issuer,
    IReadOnlyList<string> Audiences,
    Uri? KeysUrl,
    bool AudienceIsClient,
    string? ClientId,
    SignInOptions? People = null)
{
    /// <summary>No provider: no access token is accepted, everything else works.</summary>
    public static readonly IssuerOptions Disabled = new(
        DefaultOrganization.Id, "", [], KeysUrl: null, AudienceIsClient: false, ClientId: null);

    /// <summary>Clocks of two machines differ; no more than this is forgiven.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);

    /// <summary>The operator wrote these URLs, so they may lead inside; plain http stays bound to loopback.</summary>
    public static readonly OutboundOptions Outbound = new() { OperatorsOwn = true, AllowLoopback = true, AllowPrivateAddresses = true };

    public bool Enabled => Trusted is not null;

    /// <summary>Null when none is configured.</summary>
    public TrustedIssuer? Trusted { get; } = Issuer.Length == 0 ? null : new TrustedIssuer(
        UuidV5.Create(UuidV5.Url, "issuer/" + Issuer),
        OrgId,
        Issuer,
        IssuerPreset.Generic,
        Audiences,
        AudienceIsClient ? "client_id" : TrustedIssuer.Aud,
        IssuerPreset.Generic.Algorithms.ToFrozenSet(),
        Leeway,
        ClaimNames.Default,
        IssuerPreset.Generic.Required,
        ClientId,
        IsConfigured: true)
    {
        People = ClientId is null ? null : People,
    };

    /// <exception cref="ConfigurationException">A variable is missing or wrong.</exception>
    public static IssuerOptions From(IConfiguration configuration)
    {
        var people = SignInOptions.From(configuration, configuration.Text("HOOP_OIDC_ISSUER") ?? "");
        if (configuration.Text("HOOP_OIDC_ISSUER") is not { } issuer)
        {
            return configuration.Text("HOOP_OIDC_JWKS_URL") is null && configuration.TextList("HOOP_OIDC_AUDIENCE").Length == 0
                ? Disabled
                : throw new ConfigurationException(
                    "HOOP_OIDC_ISSUER", "must be set together with HOOP_OIDC_AUDIENCE and HOOP_OIDC_JWKS_URL");
        }

        Checked("HOOP_OIDC_ISSUER", issuer);
        var audiences = configuration.TextList("HOOP_OIDC_AUDIENCE");
        if (audiences.Length == 0)
        {
            throw new ConfigurationException(
                "HOOP_OIDC_AUDIENCE",
                "must name the audience of access tokens for this gateway; a token for another service must not open this one");
        }

        return new IssuerOptions(
            DefaultOrganization.Id,
            issuer,
            audiences,
            configuration.Text("HOOP_OIDC_JWKS_URL") is { } keys ? Checked("HOOP_OIDC_JWKS_URL", keys) : null,
            configuration.Text("HOOP_OIDC_AUDIENCE_CLAIM") switch
            {
                null or "aud" => false,
                "client_id" => true,
                _ =>
                    throw new ConfigurationException(
                        "HOOP_OIDC_AUDIENCE_CLAIM", "must be aud, or client_id for a provider whose access tokens have no aud"),
            },
            configuration.Text("HOOP_OIDC_CLIENT_ID"),
            people);
    }

    private static Uri Checked(string variable, string text) => OutboundUrl.Parse(text, Outbound).Succeeded(out var url, out var error)
        ? url
        : throw new ConfigurationException(variable, error.Message);
}
