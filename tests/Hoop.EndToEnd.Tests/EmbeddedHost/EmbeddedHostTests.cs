using System.Net;
using Hoop.Shared;
using Hoop.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using NUnit.Framework;
using OrderTracking;

namespace Hoop.EndToEnd.Tests.EmbeddedHost;

/// <summary>Two modules in a host that is not the gateway: its database, its authentication, its routes.</summary>
public sealed class EmbeddedHostTests
{
    private WebApplication _app = null!;
    private NpgsqlDataSource _database = null!;
    private HttpClient _nobody = null!;
    private HttpClient _dispatcher = null!;
    private HttpClient _driver = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        var connection = await TestPostgres.CreateEmptyDatabase();
        _database = NpgsqlDataSource.Create(connection);
        _app = OrderTrackingHost.Build([], Configure(connection.ConnectionString));
        await OrderTrackingHost.Prepare(_app, CancellationToken.None);
        await _app.StartAsync();
        (_nobody, _dispatcher, _driver) = (ClientWith(badge: null), ClientWith("the-badge-of-ada"), ClientWith("the-badge-of-bob"));
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_app is null)
        {
            // There is no empty database to be had, and the tests are skipped.
            return;
        }

        _nobody.Dispose();
        _dispatcher.Dispose();
        _driver.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task It_has_the_schemas_of_its_two_modules_and_no_other()
    {
        Assert.That(await Texts("SELECT DISTINCT module FROM hoop.migrations ORDER BY 1"), Is.EqualTo(new[] { "hoop", "identity", "spiffe" }));
        Assert.That(
            await Texts("SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' ORDER BY 1"),
            Is.EqualTo(new[] { "hoop", "identity", "public", "spiffe" }));
        Assert.That(
            typeof(OrderTrackingHost).Assembly.GetReferencedAssemblies().Select(reference => reference.Name),
            Has.None.EqualTo("Hoop.Federation").And.None.EqualTo("Hoop.ServiceAccounts").And.None.EqualTo("hoop-gateway"));
        Assert.That((await _dispatcher.Get("/api/connections")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Its_own_badges_decide_who_may_do_what_on_the_routes_of_the_modules()
    {
        Assert.That((await _nobody.Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await ClientWith("no-such-badge").Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _driver.Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _driver.Post("/api/agents", new { name = "scanner-driver" })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await _dispatcher.Post("/api/agents", new { name = "scanner-east" })).Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await _dispatcher.Post("/api/agents", new { })).Message, Is.EqualTo("name is required"));
        Assert.That(
            (await _dispatcher.Get("/v1/identity/entity/id/00000000-0000-0000-0000-000000000000")).Status,
            Is.EqualTo(HttpStatusCode.NotFound));

        Assert.That(
            await Texts(
                "SELECT actor_kind || ' ' || actor_subject FROM identity.audit_events WHERE resource_type = 'agent' AND "
                    + "fields->>'name' = 'scanner-east'"),
            Is.EqualTo(new[] { "user ada" }));
    }

    [Test]
    public async Task Its_own_route_asks_the_modules()
    {
        var before = await _driver.Get("/orders/1001");
        await _dispatcher.Post("/api/agents", new { name = "scanner-north" });
        await _dispatcher.Put("/api/feature-flags/experimental.iam_federation", new { enabled = true });
        var after = await _driver.Get("/orders/1001");

        Assert.That(before.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(before.Text("organization"), Is.EqualTo("default"));
        Assert.That((before["scanner_is_known"].GetBoolean(), before["cloud_access"].GetBoolean()), Is.EqualTo((false, false)));
        Assert.That((after["scanner_is_known"].GetBoolean(), after["cloud_access"].GetBoolean()), Is.EqualTo((true, true)));
        Assert.That(after["scanner_is_connected"].GetBoolean(), Is.False);
        Assert.That((await _nobody.Get("/orders/1001")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _nobody.Get("/")).Status, Is.EqualTo(HttpStatusCode.OK), "its open route stays open");
    }

    [Test]
    public async Task Without_a_data_source_the_start_says_what_to_register()
    {
        await using var provider = new ServiceCollection().AddLogging().AddHoopShared(new ConfigurationManager()).BuildServiceProvider();

        Assert.That(
            () => provider.GetRequiredService<Hoop.Shared.Data.Migrator>(),
            Throws.InvalidOperationException.With.Message.EqualTo(
                "Hoop needs a database: register an NpgsqlDataSource, for example services.AddSingleton(_ => "
                    + "NpgsqlDataSource.Create(connectionString))."));
    }

    [Test]
    public void A_module_before_the_kernel_says_what_to_add() => Assert.That(
        () => Identity.IdentityModule.AddIdentity(new ServiceCollection(), new ConfigurationManager()),
        Throws.InvalidOperationException.With.Message.EqualTo("Call services.AddHoopShared(configuration) before the modules."));

    [Test]
    public void The_kernel_can_be_added_twice_and_counts_once()
    {
        var once = new ServiceCollection().AddHoopShared(new ConfigurationManager());
        var twice = new ServiceCollection().AddHoopShared(new ConfigurationManager()).AddHoopShared(new ConfigurationManager());

        Assert.That(twice, Has.Count.EqualTo(once.Count));
    }

    private static Action<WebApplicationBuilder> Configure(string connection) => builder =>
    {
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:OrderTracking"] = connection,
            ["Employees:ada:Badge"] = "the-badge-of-ada",
            ["Employees:ada:Dispatcher"] = "true",
            ["Employees:bob:Badge"] = "the-badge-of-bob",
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
    };

    private HttpClient ClientWith(string? badge)
    {
        var client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
        if (badge is not null)
        {
            client.DefaultRequestHeaders.Add("X-Badge", badge);
        }

        return client;
    }

    private async Task<IReadOnlyList<string>> Texts(string sql)
    {
        await using var command = _database.CreateCommand();
#pragma warning disable CA2100 // The statements stand in this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync())
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
