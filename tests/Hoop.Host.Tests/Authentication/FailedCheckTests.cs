using System.Net;
using Hoop.Shared.Memory;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Host.Tests.Authentication;

/// <summary>
/// A check that fails says nothing about the credential: at none of the four doors does a database that is away turn an address into one
/// of strangers.
/// </summary>
[Description("A14, A15")]
public sealed class FailedCheckTests
{
    private const string Audience = "https://hoop.test";

    private readonly StillClock _clock = new();

    // One bad token at once, and the next in ten seconds.
    [Test]
    public async Task A14_while_the_database_is_away_no_door_counts_what_it_could_not_check(
        [Values("request", "sign-in", "login", "exchange")] string door)
    {
        await using var database = await TestPostgres.CreateDatabase();
        await using var provider = await IdentityProviderStandIn.Start(Audience);
        var proxy = DatabaseProxy.To(database.Connection);
        var connection = proxy.Connection;
        connection.Timeout = 2;
        await using var gateway = await TestGateway.Start(
            new()
            {
                ["HOOP_BAD_TOKENS_PER_MINUTE"] = "6",
                ["HOOP_OIDC_ISSUER"] = provider.Issuer,
                ["HOOP_OIDC_AUDIENCE"] = Audience,
                ["HOOP_OIDC_JWKS_URL"] = provider.JwksUrl,
                ["HOOP_OIDC_CLIENT_ID"] = "hoop-cli",
            },
            services => services.AddSingleton<TimeProvider>(_clock),
            connection);
        await proxy.DisposeAsync();

        // Until it has noticed, it may answer from what it remembers.
        var memory = gateway.Services.GetRequiredService<CoherentMemory>();
        await Eventually.True(() => !memory.MayAnswer, () => "the memory has not noticed that the database is away");
        for (var i = 0; i < 4; i++)
        {
            var reply = await Knock(gateway, door, provider);
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable), $"try {i + 1}: {reply.Body}");

            // The directory of issuers is read again at most once a second.
            _clock.Pass(TimeSpan.FromSeconds(1.5));
        }
    }

    private static Task<Reply> Knock(TestGateway gateway, string door, IdentityProviderStandIn provider) => door switch
    {
        "request" => gateway.As("hpk_" + Guid.NewGuid().ToString("N")).Get("/api/userinfo"),
        "sign-in" => gateway.Anonymous.Post("/api/signin", new
        {
            id_token = provider.MintIdToken("jane", "hoop-cli", variant: new TokenVariant
            {
                Claims = new Dictionary<string, System.Text.Json.Nodes.JsonNode?>(StringComparer.Ordinal) { ["iss"] = "https://new.test" },
            }),
        }),
        "login" => gateway.Anonymous.Post("/v1/auth/jwt/login", new { role = "dev", jwt = provider.MintAccessToken("ada") }),
        _ => Exchange(gateway, provider.MintAccessToken("robot")),
    };

    private static async Task<Reply> Exchange(TestGateway gateway, string token)
    {
        using var content = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
            ["audience"] = $"urn:hoop:connection:{Guid.NewGuid():D}:{Guid.NewGuid():D}",
            ["requested_token_type"] = "urn:ietf:params:oauth:token-type:access_token",
            ["subject_token"] = token,
            ["subject_token_type"] = "urn:ietf:params:oauth:token-type:id_token",
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/federation/token") { Content = content };
        return await gateway.Anonymous.Ask(request);
    }
}
