using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.RealClients;

/// <summary>Debian's python3-hvac drives the store, the tokens and what stands around them.</summary>
public sealed class HvacTests
{
    [OneTimeSetUp]
    public Task FindHvac() => ClientProcess.Needs("python3-hvac (apt-get install python3-hvac)", ClientProcess.Python, "-c", "import hvac");

    [Test]
    public Task Every_call_of_hvac_about_the_store_is_answered_as_it_expects() => Drive("hvac_store.py");

    [Test]
    public Task Every_call_of_hvac_about_tokens_is_answered_as_it_expects() => Drive("hvac_tokens.py");

    [Test]
    public Task Every_call_of_hvac_about_policies_mounts_and_the_state_is_answered_as_it_expects() => Drive("hvac_sys.py");

    [Test]
    public Task Every_call_of_hvac_about_identity_tokens_is_answered_as_it_expects() => Drive("hvac_oidc.py");

    private static async Task Drive(string script)
    {
        await using var gateway = await TestGateway.Start();
        var (_, admin) = await gateway.CreateOrganization("hvac");
        using var client = admin;

        ClientProcess.AssertWell(
            await ClientProcess.Run(
                ClientProcess.Python,
                [Path.Combine(ClientProcess.Folder("python"), script), .. ClientProcess.Coordinates(gateway, client)]));
    }
}
