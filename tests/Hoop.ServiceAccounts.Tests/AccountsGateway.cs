using Hoop.StandIns;
using Hoop.Testing;

namespace Hoop.ServiceAccounts.Tests;

/// <summary>A gateway that trusts an identity provider's stand-in.</summary>
internal sealed class AccountsGateway(TestGateway gateway, IdentityProviderStandIn provider) : IAsyncDisposable
{
    public const string Audience = "https://hoop.test";

    public TestGateway Gateway { get; } = gateway;

    public IdentityProviderStandIn Provider { get; } = provider;

    public static Task<AccountsGateway> Start(params (string Variable, string Value)[] settings) => Start("RS256", settings);

    public static async Task<AccountsGateway> Start(string algorithm, params (string Variable, string Value)[] settings)
    {
        var provider = await IdentityProviderStandIn.Start(Audience, algorithm);
        var all = new Dictionary<string, string?>
        {
            ["HOOP_OIDC_ISSUER"] = provider.Issuer,
            ["HOOP_OIDC_AUDIENCE"] = Audience,
            ["HOOP_OIDC_JWKS_URL"] = provider.JwksUrl,
        };
        foreach (var (variable, value) in settings)
        {
            all[variable] = value.Length == 0 ? null : value;
        }

        return new AccountsGateway(await TestGateway.Start(all), provider);
    }

    public Task<Reply> Create(string subject, string status = "active", params string[] groups) =>
        Gateway.Operator.Post("/api/serviceaccounts", new { subject, name = subject + "-name", status, groups });

    /// <summary>What the API says to the bearer of this token.</summary>
    public Task<Reply> Ask(string token, string path = "/api/agents") => Gateway.As(token).Get(path);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
