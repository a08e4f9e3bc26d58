using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;

namespace Hoop.ServiceAccounts.Tests.People;

/// <summary>A gateway at which people sign in with an identity provider's stand-in.</summary>
internal sealed class PeopleGateway(TestGateway gateway, IdentityProviderStandIn provider) : IAsyncDisposable
{
    public const string Client = "hoop-cli";
    public const string Audience = "https://hoop.test";

    public TestGateway Gateway { get; } = gateway;

    public IdentityProviderStandIn Provider { get; } = provider;

    public HttpClient Admin => Gateway.Operator;

    public static async Task<PeopleGateway> Start(params (string Variable, string Value)[] settings)
    {
        var provider = await IdentityProviderStandIn.Start(Audience);
        provider.Lifetime = TimeSpan.FromHours(1);
        return new PeopleGateway(await TestGateway.Start(SettingsFor(provider, settings)), provider);
    }

    public static Dictionary<string, string?> SettingsFor(
        IdentityProviderStandIn provider, params (string Variable, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["HOOP_OIDC_ISSUER"] = provider.Issuer,
            ["HOOP_OIDC_AUDIENCE"] = Audience,
            ["HOOP_OIDC_JWKS_URL"] = provider.JwksUrl,
            ["HOOP_OIDC_CLIENT_ID"] = Client,
        };
        foreach (var (variable, value) in settings)
        {
            all[variable] = value;
        }

        return all;
    }

    public Task<Reply> SignIn(string idToken) => Gateway.Anonymous.Post("/api/signin", new { id_token = idToken });

    /// <summary>Signs a person in.</summary>
    public Task<Reply> SignInAs(
        string subject, string[]? groups = null, string? email = null, params (string Claim, JsonNode? Value)[] claims) =>
        SignIn(IdToken(subject, groups, email, claims));

    public string IdToken(string subject, string[]? groups = null, string? email = null, params (string Claim, JsonNode? Value)[] claims) =>
        Provider.MintIdToken(subject, Client, groups, email, With(claims));

    /// <summary>A client that presents an access token of the person.</summary>
    public HttpClient As(string subject) => Gateway.As(AccessToken(subject));

    public string AccessToken(string subject, params (string Claim, JsonNode? Value)[] claims) =>
        Provider.MintAccessToken(subject, variant: With([("client_id", Client), .. claims]));

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Provider.DisposeAsync();
    }

    private static TokenVariant With((string Claim, JsonNode? Value)[] claims) =>
        new() { Claims = claims.ToDictionary(claim => claim.Claim, claim => claim.Value, StringComparer.Ordinal) };
}
