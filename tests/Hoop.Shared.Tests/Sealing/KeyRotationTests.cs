using System.Net;
using System.Text;
using Hoop.Shared.Memory;
using Hoop.Shared.Sealing;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Sealing;

/// <summary>A new key for everything that is sealed, while two gateways serve.</summary>
[Description("F16: the new key is stored before the first row moves; it may stop anywhere, run twice at once, and be repeated")]
public sealed class KeyRotationTests
{
    private const string KeysSql = "SELECT DISTINCT secrets_key_id FROM federation.connections WHERE secrets_key_id IS NOT NULL";

    private static readonly string Two = Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray());

    private TwoGateways _gateways = null!;
    private string _agent = "";
    private int _made;

    [SetUp]
    public async Task Start()
    {
        _gateways = await TwoGateways.Start();
        _agent = (await _gateways.First.Operator.Post("/api/agents", new { name = "web" })).Text("id")!;
        _made = 0;
    }

    [TearDown]
    public async Task Stop() => await _gateways.DisposeAsync();

    [Test]
    public async Task Everything_is_sealed_again_and_both_gateways_read_and_write_all_the_time()
    {
        await Create(230);
        using var done = new CancellationTokenSource();
        var users = new[] { _gateways.First, _gateways.Second }.Select(gateway => Use(gateway, done.Token)).ToArray();

        var outcome = await Rotate();
        await done.CancelAsync();
        var used = (await Task.WhenAll(users)).Sum();

        Assert.Multiple(async () =>
        {
            Assert.That(outcome.Complete, Is.True);
            Assert.That(outcome.Unreadable, Is.Empty);
            Assert.That(outcome.Moved, Is.GreaterThanOrEqualTo(200), "the others were written anew by the users");
            Assert.That(used, Is.GreaterThan(0));
            Assert.That(await _gateways.First.Query<string>(KeysSql), Is.EqualTo(new[] { outcome.Key }));
        });
        await AllOpen();
    }

    [TestCase("stored")]
    [TestCase("known")]
    [TestCase("seals")]
    [TestCase("told")]
    [TestCase("batch")]
    public async Task One_that_was_killed_after_any_step_loses_nothing_and_is_taken_up(string step)
    {
        await Create(150);
        Assert.That(
            async () => await Rotate(reached: name => name == step ? throw new KilledException() : Task.CompletedTask),
            Throws.InstanceOf<KilledException>());
        await AllOpen();
        await Create(5);

        var stored = await _gateways.First.Query<string>("SELECT name FROM hoop.sealing_keys");
        var outcome = await Rotate(_gateways.Second);

        Assert.That(stored, Is.EqualTo(new[] { outcome.Key }), "the new key was stored first, and is not made twice");
        Assert.That(await _gateways.First.Query<string>(KeysSql), Is.EqualTo(new[] { outcome.Key }));
        await AllOpen();
    }

    [Test]
    public async Task Two_at_once_lead_to_the_same_key()
    {
        await Create(220);

        var outcomes = await Task.WhenAll(
            Task.Run(() => Rotate()),
            Task.Run(() => Rotate(_gateways.Second)));

        Assert.That(outcomes.Select(outcome => outcome.Key).Distinct().Count(), Is.EqualTo(1));
        Assert.That(outcomes.Sum(outcome => outcome.Moved), Is.EqualTo(220), "each row is moved once");
        Assert.That(await _gateways.First.Query<string>(KeysSql), Is.EqualTo(new[] { outcomes[0].Key }));
        await AllOpen();
    }

    [Test]
    public async Task Repeated_it_makes_another_key_and_leaves_nothing_under_the_one_before()
    {
        await Create(3);
        var first = await Rotate();
        var second = await Rotate(_gateways.Second);

        Assert.That(second.Key, Is.Not.EqualTo(first.Key));
        Assert.That(second.Moved, Is.EqualTo(3));
        Assert.That(await _gateways.First.Query<string>(KeysSql), Is.EqualTo(new[] { second.Key }));
        await AllOpen();
    }

    [Test]
    public async Task What_was_altered_or_moved_is_refused_counted_and_named()
    {
        await Create(6);
        await _gateways.First.Execute("""
            UPDATE federation.connections
            SET secrets_sealed = set_byte(secrets_sealed, 20, get_byte(secrets_sealed, 20) # 1)
            WHERE name = 'sealed-0'
            """);
        await _gateways.First.Execute("""
            UPDATE federation.connections
            SET secrets_sealed = (SELECT secrets_sealed FROM federation.connections WHERE name = 'sealed-1')
            WHERE name = 'sealed-2'
            """);
        await _gateways.First.Execute("UPDATE federation.connections SET secrets_key_id = 'lost' WHERE name = 'sealed-3'");

        var outcome = await Rotate();
        var (readable, unreadable) = await Rotation().Check(CancellationToken.None);

        var spoilt = await _gateways.First.Query<Guid>(
            "SELECT id FROM federation.connections WHERE name IN ('sealed-0', 'sealed-2', 'sealed-3') ORDER BY name");
        Assert.That((outcome.Moved, outcome.Complete), Is.EqualTo((3, true)));
        Assert.That(
            outcome.Unreadable.Select(value => (value.Id, value.Code)),
            Is.EquivalentTo(new[]
            {
                (spoilt[0], "sealed_value_rejected"), (spoilt[1], "sealed_value_rejected"), (spoilt[2], "sealing_key_missing"),
            }));
        Assert.That((readable, unreadable.Count), Is.EqualTo((3, 3)));
        foreach (var name in new[] { "sealed-0", "sealed-2" })
        {
            var reply = await _gateways.Second.Operator.Get($"/api/connections/{name}");
            Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "sealed_value_rejected")), name);
        }
    }

    [Test]
    public async Task Nothing_moves_when_a_gateway_has_not_confirmed_the_key()
    {
        await Create(3);

        Assert.That(async () => await Rotate(tell: _ => Task.FromResult(false)), Throws.InstanceOf<TimeoutException>());
        Assert.That(await _gateways.First.Query<string>(KeysSql), Has.None.StartsWith("d"));
    }

    [Test]
    public async Task A_gateway_that_heard_nothing_reads_the_key_when_it_meets_it()
    {
        await Create(1);
        await Rotate(tell: async changes =>
        {
            foreach (var change in changes)
            {
                await _gateways.First.Services.GetRequiredService<CoherentMemory>().Changed(change.Topic!, change.Key);
            }

            return true;
        });

        await Eventually.True(
            async () => (await _gateways.Second.Operator.Get("/api/connections/sealed-0")).Status == HttpStatusCode.OK,
            () => "the second gateway never reads the new key");
    }

    [Test]
    public async Task Another_key_of_the_gateway_moves_the_keys_alone_and_the_old_one_can_go()
    {
        await Create(3);
        var outcome = await Rotate();
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["HOOP_ENCRYPTION_KEY"] = $"new:{Two},old:{TestGateway.EncryptionKey}",
        };
        await using (var third = await TestGateway.Start(settings, connection: _gateways.First.Connection))
        {
            await Eventually.True(
                async () => (await third.Query<string>("SELECT root_key FROM hoop.sealing_keys")).SequenceEqual(["new"]),
                () => "the key is not sealed again");
        }

        settings["HOOP_ENCRYPTION_KEY"] = $"new:{Two}";
        await using var fourth = await TestGateway.Start(settings, connection: _gateways.First.Connection);

        Assert.That(await fourth.Query<string>(KeysSql), Is.EqualTo(new[] { outcome.Key }));
        Assert.That((await fourth.Operator.Get("/api/connections/sealed-2")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_dump_of_the_database_holds_neither_a_key_nor_what_it_seals()
    {
        await Create(1);
        await Rotate();
        var row = (await _gateways.First.Query<byte[]>("SELECT bytes FROM hoop.sealing_keys"))[0];
        var keys = _gateways.First.Services.GetRequiredService<SealingKeys>();
        var (id, root) = ((await _gateways.First.Query<Guid>("SELECT id FROM hoop.sealing_keys"))[0],
            (await _gateways.First.Query<string>("SELECT root_key FROM hoop.sealing_keys"))[0]);

        Assert.That(
            keys.Open(new SealPlace(new SealPurpose(1000), Guid.Empty, id), new SealedValue(root, row)).Value, Has.Length.EqualTo(32));
        Assert.That(
            keys.Open(new SealPlace(new SealPurpose(1000), Guid.Empty, Guid.NewGuid()), new SealedValue(root, row)).Error?.Code,
            Is.EqualTo("sealed_value_rejected"),
            "a key of another row does not open either");
    }

    private Task<RotationOutcome> Rotate(
        TestGateway? gateway = null, Func<string, Task>? reached = null, Func<IReadOnlyCollection<Change>, Task<bool>>? tell = null) =>
        Rotation(gateway, reached).Rotate(
            tell ?? (gateway ?? _gateways.First).Services.GetRequiredService<Announcer>().Announce, CancellationToken.None);

    // As a process of its own, but that a running gateway tells the others.
    private KeyRotation Rotation(TestGateway? gateway = null, Func<string, Task>? reached = null)
    {
        var services = (gateway ?? _gateways.First).Services;
        return new KeyRotation(
            services.GetRequiredService<SealingKeys>(),
            services.GetServices<SealedColumn>(),
            services.GetRequiredService<MemoryCommands>(),
            services.GetRequiredService<IServiceScopeFactory>(),
            TimeProvider.System)
        {
            Reached = reached ?? (_ => Task.CompletedTask),
        };
    }

    private async Task Create(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var name = $"sealed-{_made++}";
            var reply = await _gateways.First.Operator.Post("/api/connections", new
            {
                name,
                type = "custom",
                command = new[] { "bq" },
                agent_id = _agent,
                secret = new Dictionary<string, string>(StringComparer.Ordinal) { ["envvar:A"] = Encoded(name) },
            });
            Assert.That((int)reply.Status, Is.EqualTo(201), reply.Message);
        }
    }

    /// <summary>Reads and writes sealed values until it is told to end.</summary>
    /// <returns>How often.</returns>
    private async Task<int> Use(TestGateway gateway, CancellationToken end)
    {
        var used = 0;
        for (; !end.IsCancellationRequested; used++)
        {
            var name = $"sealed-{used % _made}";
            var read = await gateway.Operator.Get($"/api/connections/{name}");
            Assert.That(read.Status, Is.EqualTo(HttpStatusCode.OK), read.Message);
            Assert.That(read["secret"].GetProperty("envvar:A").GetString(), Is.EqualTo(Encoded(name)));
            if (used % 10 == 0)
            {
                var written = await gateway.Operator.Put($"/api/connections/{name}", new
                {
                    name,
                    type = "custom",
                    command = new[] { "bq" },
                    agent_id = _agent,
                    secret = new Dictionary<string, string>(StringComparer.Ordinal) { ["envvar:A"] = Encoded(name) },
                });
                Assert.That(written.Status, Is.EqualTo(HttpStatusCode.OK), written.Message);
            }
        }

        return used;
    }

    private async Task AllOpen()
    {
        foreach (var gateway in new[] { _gateways.First, _gateways.Second })
        {
            for (var i = 0; i < _made; i += 7)
            {
                var read = await gateway.Operator.Get($"/api/connections/sealed-{i}");
                Assert.That(read.Status, Is.EqualTo(HttpStatusCode.OK), read.Message);
                Assert.That(read["secret"].GetProperty("envvar:A").GetString(), Is.EqualTo(Encoded($"sealed-{i}")));
            }
        }
    }

    private static string Encoded(string name) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"secret of {name}"));

    private sealed class KilledException : Exception;
}
