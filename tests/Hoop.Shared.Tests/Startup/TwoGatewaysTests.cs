using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Startup;

/// <summary>What one gateway changes, the other one sees.</summary>
public sealed class TwoGatewaysTests
{
    private TwoGateways _gateways = null!;

    [OneTimeSetUp]
    public async Task Start() => _gateways = await TwoGateways.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _gateways.DisposeAsync();

    [Test]
    public void They_share_the_database_and_no_folder() =>
        Assert.That(_gateways.First.DataDirectory, Is.Not.EqualTo(_gateways.Second.DataDirectory));

    [Test]
    public async Task A_revoked_token_is_refused_by_both()
    {
        var created = await _gateways.First.Operator.Post("/api/api-tokens", new { name = "shared", groups = new[] { "admin" } });
        var token = created["token"].GetString()!;
        Assert.That((await _gateways.Second.As(token).Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.OK));

        Assert.That(
            (await _gateways.First.Operator.Delete($"/api/api-tokens/{created.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NoContent));

        Assert.That((await _gateways.Second.As(token).Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task What_one_seals_the_other_opens()
    {
        var agent = await _gateways.First.Operator.Post("/api/agents", new { name = "web" });
        Assert.That(agent.Status, Is.EqualTo(HttpStatusCode.Created), agent.Message);
        var body = new
        {
            name = "sealed",
            type = "database",
            agent_id = agent["id"].GetString(),
            secret = new Dictionary<string, string>(StringComparer.Ordinal) { ["envvar:A"] = "eA==" },
        };
        var created = await _gateways.First.Operator.Post("/api/connections", body);
        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created), created.Message);

        var read = await _gateways.Second.Operator.Get("/api/connections/sealed");

        Assert.That((read.Status, read["secret"].GetProperty("envvar:A").GetString()), Is.EqualTo((HttpStatusCode.OK, "eA==")));
    }
}
