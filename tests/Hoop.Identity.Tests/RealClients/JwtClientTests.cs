using System.Text.Json.Nodes;
using Hoop.Identity.Tests.Logins;
using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.Identity.Tests.RealClients;

/// <summary>Clients that nobody here wrote sign in at a mount with a JWT.</summary>
public sealed class JwtClientTests
{
    [Test]
    public async Task Hvac_configures_a_mount_and_signs_in_with_a_jwt()
    {
        await ClientProcess.Needs("python3-hvac (apt-get install python3-hvac)", ClientProcess.Python, "-c", "import hvac");
        await using var world = await LoginWorld.Start();
        ClientProcess.AssertWell(await ClientProcess.Run(
            ClientProcess.Python, [Path.Combine(ClientProcess.Folder("python"), "hvac_jwt.py"), .. Arguments(world)]));
    }

    [Test]
    public async Task Node_vault_configures_a_mount_and_signs_in_with_a_jwt()
    {
        var folder = Directory.CreateTempSubdirectory("hoop-node-").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(ClientProcess.Folder("node")))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            var none = new Dictionary<string, string>();
            string[] install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
            if (await ClientProcess.Run("npm", install, folder, none) is { Code: not 0 } why)
            {
                Assert.Ignore($"Node, npm and its registry are needed for node-vault: {why.Output.Trim()}");
            }

            await using var world = await LoginWorld.Start();
            ClientProcess.AssertWell(await ClientProcess.Run("node", ["node_vault_jwt.js", .. Arguments(world)], folder, none));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Ansible_signs_in_with_auth_method_jwt()
    {
        await ClientProcess.Needs(
            "ansible with community.hashi_vault and hvac (apt-get install ansible python3-hvac)",
            "/bin/sh",
            "-c",
            $"ansible-doc -t module community.hashi_vault.vault_login > /dev/null && {ClientProcess.Python} -c 'import hvac'");
        await using var world = await LoginWorld.Start();
        using var other = SigningKey.Create("RS256");
        var variables = new JsonObject
        {
            ["job_jwt"] = world.Provider.MintAccessToken("job"),
            ["foreign_jwt"] = world.Provider.MintAccessToken("job", variant: new TokenVariant { Key = other }),
        };
        var output = await ClientProcess.Play("jwt.yml", variables.ToJsonString(), world.Gateway);

        Assert.That(output, Does.Contain("ok=5").And.Contain("failed=0"), output);
    }

    // Of an organization that has no mount named ci yet.
    private static string[] Arguments(LoginWorld world)
    {
        using var other = SigningKey.Create("RS256");
        var claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["team"] = "blue" };
        return
        [
            .. ClientProcess.Coordinates(world.Gateway, world.Admin),
            "acme",
            world.Provider.JwksUrl,
            world.Provider.Issuer,
            world.Provider.MintAccessToken("ada", groups: [], email: "ada@example.com", variant: new TokenVariant { Claims = claims }),
            world.Provider.MintAccessToken("ada", groups: [], variant: new TokenVariant { Claims = claims, Key = other }),
        ];
    }
}
