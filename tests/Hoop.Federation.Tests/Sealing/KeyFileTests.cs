using Hoop.Shared;
using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
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
        await using var gateway = await TestGateway.Start(Generated());
        var file = Path.Combine(gateway.DataDirectory, "encryption-key");

        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(Convert.FromBase64String((await File.ReadAllTextAsync(file)).Trim()), Has.Length.EqualTo(32));
    }

    [Test]
    [Description("B8")]
    public async Task A_second_gateway_makes_no_key_of_its_own()
    {
        await using var first = await TestGateway.Start(Generated());

        Assert.That(
            async () => await TestGateway.Start(Generated(), connection: first.Connection),
            Throws.InstanceOf<ConfigurationException>()
                .With.Message.Match("^HOOP_ENCRYPTION_KEY: the gateways of this database seal with the key k[0-9a-f]{12}, and this one has none: .*encryption-key is missing; "));
    }

    [Test]
    [Description("B8")]
    public async Task A_second_gateway_with_another_key_does_not_start()
    {
        await using var first = await TestGateway.Start(new(StringComparer.Ordinal) { ["HOOP_ENCRYPTION_KEY"] = One });

        Assert.That(
            async () =>
                await TestGateway.Start(new(StringComparer.Ordinal) { ["HOOP_ENCRYPTION_KEY"] = Two }, connection: first.Connection),
            Throws.InstanceOf<ConfigurationException>().With.Message.Match("^HOOP_ENCRYPTION_KEY: .* seal with the key k[0-9a-f]{12}, and this one has k[0-9a-f]{12} instead; "));
    }

    [Test]
    [Description("B8")]
    public async Task Of_two_at_once_that_have_no_key_one_makes_it_and_the_other_is_told()
    {
        await using var database = await TestPostgres.CreateDatabase();
        var starts = await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            try
            {
                var gateway = await TestGateway.Start(Generated(), connection: database.Connection);
                return (Gateway: (TestGateway?)gateway, Refused: (string?)null);
            }
            catch (ConfigurationException exception)
            {
                return (Gateway: null, Refused: (string?)exception.Message);
            }
        }));

        Assert.That(starts.Select(start => start.Refused), Has.One.Null.And.One.StartsWith("HOOP_ENCRYPTION_KEY: "));
        await starts.Single(start => start.Gateway is not null).Gateway!.DisposeAsync();
    }

    [Test]
    public async Task No_new_key_is_made_while_rows_are_sealed_that_an_earlier_version_left_without_a_record()
    {
        await using var first = await TestGateway.Start(Generated(), FederationFixturePlay());
        await Create(first);
        await first.Execute("DELETE FROM hoop.agreements");

        Assert.That(
            async () => await TestGateway.Start(Generated(), connection: first.Connection),
            Throws.InstanceOf<ConfigurationException>().With.Message.StartsWith("HOOP_ENCRYPTION_KEY: the gateways of this database seal with the key k"));
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
                async () =>
                    await TestGateway.Start(new(StringComparer.Ordinal) { ["HOOP_DATA_DIR"] = folder, ["HOOP_ENCRYPTION_KEY"] = null }),
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
        var settings =
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["HOOP_ENCRYPTION_KEY"] = $"old:{One}",
                ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = google.TokenUri
            };
        await using var before = await TestGateway.Start(settings, FederationFixturePlay());
        await before.Execute(
            "INSERT INTO identity.feature_flags (org_id, name, enabled, updated_by) VALUES (@Id, 'experimental.iam_federation', true, 'test')",
            new { DefaultOrganization.Id });
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
            async () =>
                await after.Query<string>(
                    "SELECT secrets_key_id FROM federation.connections UNION ALL SELECT credentials_key_id FROM federation.policies"),
            Is.EqualTo(new[] { "new", "new" }).After(delayInMilliseconds: 10_000, pollingInterval: 20));
        Assert.That(
            (await after.Operator.Get("/api/connections/sealed"))["secret"].GetProperty("envvar:A").GetString(), Is.EqualTo("eA=="));

        settings["HOOP_ENCRYPTION_KEY"] = $"lost:{Convert.ToBase64String(new byte[32])}";
        Assert.That(
            async () => await TestGateway.Start(settings, FederationFixturePlay(), before.Connection),
            Throws.InstanceOf<ConfigurationException>(),
            "not without a word");
        await using (var agreement = await before.Services.GetRequiredService<Agreements>().Begin("sealing_key", CancellationToken.None))
        {
            await agreement.Forget(CancellationToken.None);
        }

        await using var keyless = await TestGateway.Start(settings, FederationFixturePlay(), before.Connection);
        var unreadable = await keyless.Operator.Get("/api/connections/sealed");
        Assert.That(((int)unreadable.Status, unreadable.Code), Is.EqualTo((503, "sealing_key_missing")));
    }

    private static Dictionary<string, string?> Generated() => new(StringComparer.Ordinal) { ["HOOP_ENCRYPTION_KEY"] = null };

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

    private static Action<IServiceCollection> FederationFixturePlay() => FederationFixture.Play(new PlayedAgents());
}
