using Hoop.EndToEnd.Tests.Cli;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProviders;

/// <summary>
/// A second provider of others, <c>oauth2-mock-server</c>: it asks nobody anything, knows no other device, and its tokens look different.
/// </summary>
public sealed class MockServerTests
{
    [Test]
    public async Task A_person_signs_in_refreshes_and_signs_out()
    {
        await using var provider = await NodeProvider.Start("mock.mjs");
        await using var gateway = await provider.StartGateway();
        using var hoop = new HoopProcess(gateway.Address, token: null);

        await using var running = hoop.Start("login", "--no-browser", "--redirect-uri", "http://127.0.0.1:0/callback");
        var page = await SignInPages.ByHttp(new Uri((await running.Said("sign in here: ")).Trim()), "ignored");
        var signedIn = await running.End();
        var file = Directory.GetFiles(Path.Combine(hoop.Home, ".hoop", "sessions"), "*.json").Single();
        var session = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        session["expires_at"] = "2020-01-01T00:00:00Z";
        await File.WriteAllTextAsync(file, session.ToJsonString());
        var refreshed = await hoop.Run("whoami");

        Assert.That(page, Is.EqualTo("hoop: You can close this page and go back to the terminal.\n"));
        Assert.That(signedIn.Code, Is.Zero, signedIn.Error);
        Assert.That(refreshed.Code, Is.Zero, refreshed.Error);
        Assert.That(refreshed.Out, Does.Contain("johndoe"));
        Assert.That((await hoop.Run("logout")).Out, Does.StartWith("logged out of "));
    }

    [Test]
    public async Task It_offers_no_sign_in_by_device_and_that_is_said()
    {
        await using var provider = await NodeProvider.Start("mock.mjs");
        await using var gateway = await provider.StartGateway();
        using var hoop = new HoopProcess(gateway.Address, token: null);

        var ran = await hoop.Run("login", "--device");

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(ran.Error, Does.Contain("does not offer sign-in by another device"));
    }
}
