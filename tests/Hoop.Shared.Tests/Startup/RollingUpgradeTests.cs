using System.Net;
using Hoop.Shared.Data;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Startup;

/// <summary>An upgrade by one version in both directions, with the old and the new gateway on one database.</summary>
[Description("B3, U7, M13")]
public sealed class RollingUpgradeTests
{
    private static readonly Migration Additive = new(
        "9001_identity_next.sql", "ALTER TABLE identity.organizations ADD COLUMN note text NOT NULL DEFAULT ''");
    private static readonly Migration Breaking = new(
        "9002_identity_last.sql", "-- compatible-from: 9001\nALTER TABLE identity.organizations DROP COLUMN note");

    [Test]
    public async Task The_old_gateway_serves_while_the_new_one_comes_and_starts_again_when_it_goes()
    {
        await using var old = await TestGateway.Start();
        Assert.That((await Ready(old)).Status, Is.EqualTo("ok"));

        await using (var next = await Newer(old, Additive))
        {
            Assert.That((await Ready(next)).Status, Is.EqualTo("ok"));
            await Eventually.True(
                async () => (await Ready(old)).Status == "degraded", "the old gateway does not say that its schema is newer");
            var (code, _, problem) = await Ready(old);
            Assert.That(
                (code, problem),
                Is.EqualTo((HttpStatusCode.OK, "a newer gateway applied 9001_identity_next.sql; this one works on, finish the upgrade")));
            Assert.That((await old.Anonymous.Get("/v1/sys/health")).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await old.Anonymous.Get("/api/healthz")).Status, Is.EqualTo(HttpStatusCode.OK));
            await ServeBoth(old, next);
        }

        await using var restarted = await TestGateway.Start(connection: old.Connection);
        Assert.That((await Ready(restarted)).Code, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await restarted.Operator.Get("/api/agents/by-old")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            (await restarted.Operator.Post("/api/orgs", new { name = "after-rollback" })).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task A_migration_that_breaks_the_old_gateway_says_so_and_takes_it_out()
    {
        await using var old = await TestGateway.Start();
        await using var next = await Newer(old, Additive, Breaking);

        await Eventually.True(async () => (await Ready(old)).Code == HttpStatusCode.ServiceUnavailable, "the old gateway stays in service");
        Assert.That(
            (await Ready(old)).Problem,
            Does.StartWith("migration 9002_identity_last.sql of a newer gateway needs gateways that know migration 9001"));
        Assert.That(async () => await TestGateway.Start(connection: old.Connection), Throws.InstanceOf<MigrationException>());
        Assert.That((await Ready(next)).Code, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    [Description("B24")]
    public async Task A_thousand_probes_are_a_few_looks()
    {
        await using var gateway = await TestGateway.Start();
        var before = Looks(gateway);

        var replies = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => gateway.Anonymous.Get("/healthz/ready")));

        Assert.That(replies.Select(reply => reply.Status), Has.All.EqualTo(HttpStatusCode.OK));
        Assert.That(Looks(gateway) - before, Is.LessThan(60), "more often than once a second");
    }

    private static int Looks(TestGateway gateway) => gateway.Services.GetRequiredService<Hoop.Host.Health.DatabaseState>().Looks;

    private static async Task ServeBoth(TestGateway old, TestGateway next)
    {
        Assert.That((await old.Operator.Post("/api/agents", new { name = "by-old" })).Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await next.Operator.Get("/api/agents/by-old")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await next.Operator.Post("/api/agents", new { name = "by-next" })).Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await old.Operator.Get("/api/agents/by-next")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            (await old.Operator.Post("/api/orgs", new { name = "by-old" })).Status,
            Is.EqualTo(HttpStatusCode.Created),
            "writes the changed table");
    }

    private static Task<TestGateway> Newer(TestGateway old, params Migration[] files) =>
        TestGateway.Start(services: services => services.AddSingleton(new ModuleMigrations("identity", files)), connection: old.Connection);

    private static async Task<(HttpStatusCode Code, string Status, string? Problem)> Ready(TestGateway gateway)
    {
        var reply = await gateway.Anonymous.Get("/healthz/ready");
        var migrations = reply["checks"].GetProperty("migrations");
        return (reply.Status, migrations.GetProperty("status").GetString()!, migrations.TryGetProperty("description", out var problem)
            ? problem.GetString()
            : null);
    }
}
