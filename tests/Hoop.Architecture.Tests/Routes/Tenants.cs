using Hoop.Shared;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Architecture.Tests.Routes;

/// <summary>A gateway with one caller of each role, and an organization that can own one of each thing.</summary>
internal sealed class Tenants : IAsyncDisposable
{
    private const string Audience = "https://hoop.test";
    private const string Client = "hoop-cli";
    private const string StrangersAudience = "https://stranger.test";
    private const string StrangersClient = "stranger-cli";

    private readonly List<HttpClient> _clients = [];
    private readonly GoogleStandIn _google;
    private readonly IdentityProviderStandIn _provider;

    private Tenants(TestGateway gateway, GoogleStandIn google, IdentityProviderStandIn provider)
    {
        (Gateway, _google, _provider, Samples) = (gateway, google, provider, new Samples(google));
        Routes = Route.Of(gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints);
    }

    public TestGateway Gateway { get; }

    public IReadOnlyList<Route> Routes { get; }

    public Samples Samples { get; }

    /// <summary>
    /// By name: nobody, standard, auditor, admin, operator, agent, people and service accounts of each role; and the same of another
    /// organization, where «stranger» alone is its admin.
    /// </summary>
    public Dictionary<string, HttpClient> Callers { get; } = new(StringComparer.Ordinal);

    public HttpClient Stranger => Callers["stranger"];

    public HttpClient Admin => Callers["admin"];

    public static async Task<Tenants> Start(Action<IServiceCollection>? services = null)
    {
        var (google, provider) = (await GoogleStandIn.Start(), await IdentityProviderStandIn.Start(Audience));
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["HOOP_LOG_LEVEL"] = "error",
            ["HOOP_GCP_IAM_ENDPOINT"] = google.Address,
            ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = google.TokenUri,
            ["HOOP_OIDC_ISSUER"] = provider.Issuer,
            ["HOOP_OIDC_AUDIENCE"] = Audience,

            // A write by a name makes the thing, and these tests try many names.
            ["HOOP_QUOTA_SIGNING_KEYS"] = "10000",
            ["HOOP_OIDC_JWKS_URL"] = provider.JwksUrl,
            ["HOOP_OIDC_CLIENT_ID"] = Client,
            ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true",
        };
        var gateway = await TestGateway.Start(settings, services);
        var tenants = new Tenants(gateway, google, provider);
        tenants.Callers["nobody"] = gateway.Anonymous;
        tenants.Callers["operator"] = gateway.Operator;
        tenants.Callers["standard"] = await tenants.SignIn("a-standard");
        tenants.Callers["auditor"] = await tenants.SignIn("an-auditor", "auditor");
        tenants.Callers["admin"] = await tenants.SignIn("an-admin", "admin");
        tenants.Callers["stranger"] = tenants.Keep((await gateway.CreateOrganization("stranger")).Admin);
        tenants.Callers["person"] = await tenants.SignInPerson("a-person");
        tenants.Callers["person auditor"] = await tenants.SignInPerson("a-person-who-audits", "auditor");
        tenants.Callers["person admin"] = await tenants.SignInPerson("a-person-who-administers", "admin");
        tenants.Callers["service account"] = await tenants.Register("a-robot");
        tenants.Callers["service account auditor"] = await tenants.Register("a-robot-that-audits", "auditor");
        tenants.Callers["service account admin"] = await tenants.Register("a-robot-that-administers", "admin");
        await tenants.SignInStrangers();
        tenants.Callers["agent"] = tenants.Keep(
            gateway.As((await gateway.Operator.Post("/api/agents", new { name = "an-agent" })).Text("token")!));

        // The owner's admin is no operator, and there is another organization: the name must be given.
        await gateway.Operator.Put("/api/trust-domain-names/owned.example", new { org_id = DefaultOrganization.Id });

        // So that the stranger is refused for what it may not see, and not for a feature that it has not.
        await tenants.Stranger.Put("/api/feature-flags/experimental.iam_federation", new { enabled = true });
        return tenants;
    }

    /// <summary>Makes one of each sample in the default organization; answers what went wrong.</summary>
    public async Task<IReadOnlyList<string>> Furnish()
    {
        var problems = await Samples.Make(Admin, async () => (await Gateway.Query<long>(
            "SELECT count(*) FROM identity.audit_events WHERE org_id = @Id", new { DefaultOrganization.Id }))[0]);

        // A session needs an agent that is connected, and writes a row before it and one after it.
        var session = Guid.NewGuid();
        await Gateway.Execute(
            """
            INSERT INTO federation.sessions
              (id, org_id, connection_id, connection_name, verb, caller, user_email, user_id, status, gateway_id, ended_at)
            VALUES (@session, @Id, @session, 'owned-connection', 'exec', 'c', '', '', 'done', @session, now())
            """,
            new { session, DefaultOrganization.Id });
        Samples.Owned.Add(session.ToString());

        // The owner's admin is the entity, or nobody could ask for a token about it.
        await Gateway.Execute(
            """
            UPDATE identity.entity_aliases
            SET name = (SELECT id::text FROM identity.api_tokens WHERE org_id = @Id AND name = 'an-admin'),
                name_key = (SELECT id::text FROM identity.api_tokens WHERE org_id = @Id AND name = 'an-admin')
            WHERE org_id = @Id AND name = 'owned-alias'
            """,
            new { DefaultOrganization.Id });
        return problems;
    }

    /// <summary>What can stand for a route's parameters: ids where only ids fit, every id and name elsewhere.</summary>
    public IEnumerable<string> ValuesFor(Route route) =>
        Samples.Owned.Where(value => Guid.TryParse(value, out _) || !route.Pattern.Parameters.Any(Route.IsId));

    /// <summary>
    /// What the default organization has: per table the number and the digest of its rows, its audit trail included. When something was
    /// last used is written beside the requests, and changes nothing.
    /// </summary>
    public async Task<IReadOnlyList<string>> Snapshot()
    {
        var tables = await Gateway.Query<string>(
            """
            SELECT format('%I.%I', table_schema, table_name)
            FROM information_schema.columns
            WHERE column_name = 'org_id' AND table_schema NOT IN ('pg_catalog', 'information_schema')
            ORDER BY 1
            """);
        var rows = new List<string>();
        foreach (var table in tables)
        {
            rows.AddRange(await Gateway.Query<string>(
                $"SELECT '{table} ' || count(*) || ' ' || coalesce(md5(string_agg((to_jsonb(row) - 'last_used_at')::text, E'\\n' ORDER BY row::text)), '') FROM {table} AS row WHERE org_id = @Id",
                new { DefaultOrganization.Id }));
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await Gateway.DisposeAsync();
        await _google.DisposeAsync();
        await _provider.DisposeAsync();
    }

    /// <summary>Every kind and role of another organization, which trusts the same provider by a client of its own.</summary>
    private async Task SignInStrangers()
    {
        var made = await Stranger.Post("/api/issuers", new
        {
            issuer = _provider.Issuer, audiences = new[] { StrangersAudience }, client_id = StrangersClient, people = new { },
        });
        if (!made.Response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(made.Body.GetRawText());
        }

        foreach (var (role, groups) in new[] { ("", Array.Empty<string>()), (" auditor", ["auditor"]), (" admin", ["admin"]) })
        {
            Callers["stranger person" + role] = await SignInPerson("a-stranger" + role, Stranger, StrangersClient, StrangersAudience, groups);
            Callers["stranger service account" + role] = await Register("a-strange-robot" + role, Stranger, StrangersAudience, groups);
        }

        Callers["stranger standard"] = await SignIn("a-strange-standard", Stranger);
        Callers["stranger auditor"] = await SignIn("a-strange-auditor", Stranger, "auditor");
    }

    private Task<HttpClient> SignIn(string name, params string[] groups) => SignIn(name, Gateway.Operator, groups);

    private async Task<HttpClient> SignIn(string name, HttpClient admin, params string[] groups) =>
        Keep(Gateway.As((await admin.Post("/api/api-tokens", new { name, groups })).Text("token")!));

    private Task<HttpClient> SignInPerson(string subject, params string[] groups) =>
        SignInPerson(subject, Gateway.Operator, Client, Audience, groups);

    private async Task<HttpClient> SignInPerson(string subject, HttpClient admin, string client, string audience, string[] groups)
    {
        var signedIn = await Gateway.Anonymous.Post("/api/signin", new { id_token = _provider.MintIdToken(subject, client) });
        if (groups.Length > 0)
        {
            await admin.Put($"/api/users/{signedIn.Text("id")}", new { groups });
        }

        return Keep(Gateway.As(_provider.MintAccessToken(subject, audience, TimeSpan.FromHours(1))));
    }

    private Task<HttpClient> Register(string subject, params string[] groups) => Register(subject, Gateway.Operator, Audience, groups);

    private async Task<HttpClient> Register(string subject, HttpClient admin, string audience, string[] groups)
    {
        await admin.Post("/api/serviceaccounts", new { subject, name = subject, status = "active", groups });
        return Keep(Gateway.As(_provider.MintAccessToken(subject, audience, TimeSpan.FromHours(1))));
    }

    private HttpClient Keep(HttpClient client)
    {
        _clients.Add(client);
        return client;
    }
}
