using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.RealClients;

/// <summary>Clients of the npm registry, in the versions of a committed lock file.</summary>
public sealed class NodeVaultTests
{
    private string _folder = "";

    [OneTimeSetUp]
    public async Task Install()
    {
        _folder = Directory.CreateTempSubdirectory("hoop-node-").FullName;
        foreach (var file in Directory.EnumerateFiles(ClientProcess.Folder("node")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        var (code, why) = await ClientProcess.Run(
            "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], _folder, new Dictionary<string, string>());
        if (code != 0)
        {
            Assert.Ignore($"Node, npm and its registry are needed for node-vault and node-vault-client: {why.Trim()}");
        }
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public Task Node_vault_reads_writes_lists_and_renews() => Drive("node_vault.js");

    [Test]
    [Description("I4, I5: what renews by itself outlives its ttl")]
    public Task Node_vault_client_keeps_its_token_alive() => Drive("node_vault_client.js");

    [Test]
    [Description("I8: who keeps the keys knows the next one")]
    public Task Jose_verifies_tokens_of_each_algorithm_before_and_after_a_rotation() => Drive(
        "jose_verifies.js", admin => ClientProcess.GiveEntity(admin, "jose"));

    private async Task Drive(string script, Func<HttpClient, Task>? prepare = null)
    {
        await using var gateway = await TestGateway.Start();
        var (_, admin) = await gateway.CreateOrganization("node");
        using var client = admin;
        await (prepare?.Invoke(client) ?? Task.CompletedTask);

        ClientProcess.AssertWell(
            await ClientProcess.Run(
                "node", [script, .. ClientProcess.Coordinates(gateway, client)], _folder, new Dictionary<string, string>()));
    }
}
