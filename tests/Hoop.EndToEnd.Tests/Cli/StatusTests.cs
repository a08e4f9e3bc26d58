using System.Text.Json;
using Hoop.Cli;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary><c>hoop status</c> and <c>hoop version</c>.</summary>
public sealed class StatusTests
{
    [Test]
    public async Task A_gateway_that_is_well_is_0()
    {
        await using var gateway = await TestGateway.Start();
        using var hoop = new HoopProcess(gateway.Address, TestGateway.AdminToken);

        var status = await hoop.Run("status");
        var json = await hoop.Run("status", "-o", "json");
        var version = await hoop.Run("version");

        Assert.That(status.Code, Is.Zero, status.Out + status.Error);
        Assert.That(status.Out, Does.Match($"""
            ^Gateway:                http://127\.0\.0\.1:\d+
            Version:                {HoopCommand.Version}
            This Client:            {HoopCommand.Version}
            Ready:                  yes
            Health:                 \w+
            (  .*\n)*Signed In As:           .*\(operator\), role admin
            Organization:           default
            Until:                  -
            $
            """));
        Assert.That(
            JsonElement.Parse(json.Out).EnumerateObject().Select(member => member.Name),
            Is.EqualTo(new[] { "gateway", "version", "client_version", "ready", "health", "caller", "problem" }));
        Assert.That(version, Is.EqualTo(new Ran(
            0, $"hoop {HoopCommand.Version}\ngateway {HoopCommand.Version} at {gateway.Address.ToString().TrimEnd('/')}\n", "")));
    }

    [Test]
    public async Task What_is_degraded_is_named_and_a_token_that_is_refused_too()
    {
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/healthz", 400, """{"liveness":"ERR"}""")
            .On("GET /healthz/ready", 503, """{"status":"unhealthy","checks":{"database":{"status":"unhealthy","description":"it does not answer"},"keys":{"status":"healthy"}}}""")
            .On("GET /api/userinfo", 401, """{"message":"access denied"}""");
        using var hoop = new HoopProcess(gateway.Address);

        var status = await hoop.Run("status");

        Assert.That(status.Code, Is.EqualTo(1));
        Assert.That(status.Out, Does.Contain("Ready:                  NO\nHealth:                 unhealthy\n  database:             unhealthy: it does not answer\n")
            .And.Contain("Signed In As:           access denied (401); this is the token of HOOP_TOKEN.").And.Not.Contain("  keys:"));
    }

    [Test]
    public async Task A_gateway_that_is_not_there_is_an_error_and_the_version_is_told_all_the_same()
    {
        using var hoop = new HoopProcess(new Uri("http://127.0.0.1:1"));

        var status = await hoop.Run("status");
        var version = await hoop.Run("version");

        Assert.That(status, Is.EqualTo(new Ran(1, "", "error: cannot reach http://127.0.0.1:1: is the gateway running?\n")));
        Assert.That(version, Is.EqualTo(new Ran(0, $"hoop {HoopCommand.Version}\n", "")));
    }

    [Test]
    public async Task A_gateway_of_another_version_is_noted()
    {
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/healthz", 200, "{}").On("GET /healthz/ready", 200, """{"status":"healthy"}""")
            .On("GET /api/userinfo", 200, """{"name":"Me","kind":"user","role":"standard"}""").On("GET /api/serverinfo", 200, """{"version":"9.9.9"}""");
        using var hoop = new HoopProcess(gateway.Address);

        Assert.That(await hoop.Run("status"), Has.Property("Code").EqualTo(0).And.Property("Error").EqualTo(
            $"note: the gateway is of version 9.9.9, and this client of {HoopCommand.Version}\n"));
        Assert.That((await hoop.Run("version", "-o", "json")).Out, Is.EqualTo($"{{\"version\":\"{HoopCommand.Version}\",\"gateway\":\"9.9.9\"}}\n"));
    }
}
