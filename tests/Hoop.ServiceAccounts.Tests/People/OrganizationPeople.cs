using System.Net;
using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.People;

/// <summary>An organization beside <c>default</c>, whose people sign in at a provider of its own.</summary>
internal sealed class OrganizationPeople(TestGateway gateway, IdentityProviderStandIn provider, string name, Guid id, HttpClient admin)
    : IAsyncDisposable
{
    public const string Client = "acme-cli";
    public const string Audience = "https://hoop.acme.test";

    public TestGateway Gateway { get; } = gateway;

    public IdentityProviderStandIn Provider { get; } = provider;

    public string Name { get; } = name;

    public Guid Id { get; } = id;

    public HttpClient Admin { get; } = admin;

    /// <summary>What made the issuer; a test changes it and puts it back.</summary>
    public JsonObject Settings { get; } = new()
    {
        ["issuer"] = provider.Issuer,
        ["audiences"] = new JsonArray(Audience),
        ["client_id"] = Client,
        ["people"] = new JsonObject { ["groups_claim"] = "groups", ["groups_keep"] = "2h" },
    };

    public string IssuerId { get; private set; } = "";

    public static Task<TestGateway> StartGateway(params (string Variable, string Value)[] settings) => TestGateway.Start(new(
        settings.Select(one => KeyValuePair.Create(one.Variable, (string?)one.Value))) { ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true" });

    /// <summary>The organization, with its issuer marked for people.</summary>
    public static async Task<OrganizationPeople> In(TestGateway gateway, string name = "acme", IdentityProviderStandIn? provider = null)
    {
        provider ??= await IdentityProviderStandIn.Start(Audience);
        provider.Lifetime = TimeSpan.FromHours(1);
        var (id, admin) = await gateway.CreateOrganization(name);
        var people = new OrganizationPeople(gateway, provider, name, id, admin);
        await people.Trust();
        return people;
    }

    public async Task Trust()
    {
        var made = await Admin.Post("/api/issuers", Settings);
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Body.GetRawText());
        IssuerId = made.Text("id")!;
    }

    public Task<Reply> Change(Action<JsonObject> change)
    {
        change(Settings);
        return Admin.Put($"/api/issuers/{IssuerId}", Settings);
    }

    public Task<Reply> SignInAs(
        string subject, string[]? groups = null, bool token = false, string client = Client, string? email = null) =>
        Gateway.Anonymous.Post("/api/signin", new { id_token = Provider.MintIdToken(subject, client, groups, email), token });

    public HttpClient As(string subject) => Gateway.As(Provider.MintAccessToken(subject, Audience, variant: new TokenVariant
    {
        Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["client_id"] = Client },
    }));

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Provider.DisposeAsync();
    }
}
