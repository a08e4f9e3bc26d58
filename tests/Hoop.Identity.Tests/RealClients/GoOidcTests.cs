using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.RealClients;

/// <summary>Debian's go-oidc, as services written in Go verify.</summary>
public sealed class GoOidcTests
{
    private const string Libraries = "/usr/share/gocode";

    private const string Missing = "go-oidc (apt-get install golang-go golang-github-coreos-go-oidc-dev)";

    private string _folder = "";

    [OneTimeSetUp]
    public async Task Build()
    {
        await ClientProcess.Needs(Missing, "go", "version");
        if (!Directory.Exists(Path.Combine(Libraries, "src/github.com/coreos/go-oidc")))
        {
            Assert.Ignore($"{Missing}: no {Libraries}/src/github.com/coreos/go-oidc");
        }

        _folder = Directory.CreateTempSubdirectory("hoop-go-").FullName;
        var (code, why) = await ClientProcess.Run(
            "go",
            ["build", "-o", Program, Path.Combine(ClientProcess.Folder("go"), "verify.go")],
            _folder,
            new Dictionary<string, string>
            {
                ["GO111MODULE"] = "off",
                ["GOPATH"] = Libraries,
                ["GOFLAGS"] = "",
                ["GOCACHE"] = Path.Combine(_folder, "cache"),
                ["CGO_ENABLED"] = "0",
            });
        Assert.That(code, Is.Zero, why);
    }

    [OneTimeTearDown]
    public void Remove()
    {
        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Test]
    [Description("I8: who keeps the keys knows the next one")]
    public async Task Go_oidc_verifies_tokens_of_each_algorithm_before_and_after_a_rotation()
    {
        await using var gateway = await TestGateway.Start();
        var (_, admin) = await gateway.CreateOrganization("go");
        using var client = admin;
        await ClientProcess.GiveEntity(client, "go");

        ClientProcess.AssertWell(await ClientProcess.Run(Program, ClientProcess.Coordinates(gateway, client)));
    }

    private string Program => Path.Combine(_folder, "verify");
}
