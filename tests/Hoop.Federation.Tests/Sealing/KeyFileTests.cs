using Hoop.Shared;
using Hoop.Shared.Configuration;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sealing;

/// <summary>How the gateway comes by its keys at the start.</summary>
public sealed class KeyFileTests
{
    private static readonly string One = Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly string Two = Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray());

    [Test]
    public async Task The_key_file_is_made_once_and_is_its_owners_alone()
    {
        await using var gateway = await TestGateway.Start();
        var file = Path.Combine(gateway.DataDirectory, "encryption-key");

        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(Convert.FromBase64String((await File.ReadAllTextAsync(file)).Trim()), Has.Length.EqualTo(32));
    }

    [Test]
    public async Task No_new_key_is_made_while_sealed_rows_exist()
    {
        await using var first = await TestGateway.Start(services: FederationFixturePlay());
        await Create(first);

        Assert.That(
            async () => await TestGateway.Start(connection: first.Connection),
            Throws.InstanceOf<ConfigurationException>().With.Message.StartsWith("HOOP_ENCRYPTION_KEY: the database holds credentials sealed with the key k"));
    }

    [Test]
    public async Task A_key_file_open_to_others_stops_the_start()
    {
        var folder = Directory.CreateTempSubdirectory("hoop-key-").FullName;
        try
        {
            var file = Path.Combine(folder, "encryption-key");
            await File.WriteAllTextAsync(file, One);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);

            Assert.That(
                async () => await TestGateway.Start(new(StringComparer.Ordinal) { ["HOOP_DATA_DIR"] = folder }),
                Throws.InstanceOf<ConfigurationException>().With.Message.Contains("chmod 600"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Rotation_seals_everything_again_at_the_next_start()
    {
        await using var google = await GoogleStandIn.Start();
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["HOOP_ENCRYPTION_KEY"] = $"old:{One}", ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = google.TokenUri };
        await using var before = await TestGateway.Start(settings, FederationFixturePlay());
        await before.Execute("INSERT INTO identity.feature_flags (org_id, name, enabled, updated_by) VALUES (@Id, 'experimental.iam_federation', true, 'test')", new { DefaultOrganization.Id });
        await Create(before);
        await before.Operator.Put("/api/connections/sealed/federation", new
        {
            hook_source = "builtin",
            builtin_provider = "gcp_iam",
            admin_credentials_json = google.CreateAdminCredentials("my-proj", "hoop-admin"),
            extra_config = new { project_id = "my-proj" },
        });

        settings["HOOP_ENCRYPTION_KEY"] = $"new:{Two},old:{One}";
        await using var after = await TestGateway.Start(settings, FederationFixturePlay(), before.Connection);
        Assert.That(
            async () => await after.Query<string>("SELECT secrets_key_id FROM federation.connections UNION ALL SELECT credentials_key_id FROM federation.policies"),
            Is.EqualTo(new[] { "new", "new" }).After(delayInMilliseconds: 10_000, pollingInterval: 20));
        Assert.That((await after.Operator.Get("/api/connections/sealed"))["secret"].GetProperty("envvar:A").GetString(), Is.EqualTo("eA=="));

        settings["HOOP_ENCRYPTION_KEY"] = $"lost:{Convert.ToBase64String(new byte[32])}";
        await using var keyless = await TestGateway.Start(settings, FederationFixturePlay(), before.Connection);
        var unreadable = await keyless.Operator.Get("/api/connections/sealed");
        Assert.That(((int)unreadable.Status, unreadable.Code), Is.EqualTo((503, "sealing_key_missing")));
    }

    private static async Task Create(TestGateway gateway)
    {
        var reply = await gateway.Operator.Post("/api/connections", new
        {
            name = "sealed",
            type = "custom",
            command = new[] { "bq" },
            agent_id = PlayedAgents.Known,
            secret = new Dictionary<string, string>(StringComparer.Ordinal) { ["envvar:A"] = "eA==" },
        });
        Assert.That((int)reply.Status, Is.EqualTo(201), reply.Message);
    }

    private static Action<Microsoft.Extensions.DependencyInjection.IServiceCollection> FederationFixturePlay() => FederationFixture.Play(new PlayedAgents());
}
