using Hoop.Identity.Tests.IdentityTokens;
using Hoop.Identity.TokenKeys;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.TokenKeys;

/// <summary>Keys that change while tokens are out and verifiers keep what they have read.</summary>
public sealed class RotationTests
{
    private readonly MovedClock _clock = new();
    private TwoGateways _gateways = null!;
    private int _worlds;

    private TestGateway First => _gateways.First;

    private TestGateway Second => _gateways.Second;

    [OneTimeSetUp]
    public async Task Start() => _gateways = await TwoGateways.Start(services: TokenWorld.With(_clock));

    [OneTimeTearDown]
    public async Task Stop() => await _gateways.DisposeAsync();

    [Test]
    public async Task Published_are_the_keys_that_roles_name_and_each_once()
    {
        await using var world = await World();
        await world.Set("key/a", new { algorithm = "ES256", allowed_client_ids = "*" });
        Assert.That(await world.Published(), Is.Empty, "no role");
        await world.Set("role/a", new { key = "a" });
        Assert.That(await world.Published(), Has.Count.EqualTo(2));
        await world.Set("key/a/rotate");
        await world.Set("key/a/rotate");
        Assert.That(await world.Published(), Has.Count.EqualTo(4));
        await world.KeyAndRole("b");
        Assert.That(await world.Published(), Has.Count.EqualTo(6));
        await world.Set("role/a2", new { key = "a" });
        await world.Set("role/a3", new { key = "a" });
        Assert.That(await world.Published(), Is.Unique.And.Count.EqualTo(6));
        foreach (var role in new[] { "a", "a2", "a3" })
        {
            await TokenWorld.Good(world.Admin.Delete($"/v1/identity/oidc/role/{role}"));
        }

        Assert.That(await world.Published(), Has.Count.EqualTo(2), "a role that is gone takes its key along");
        await TokenWorld.Good(world.Admin.Delete("/v1/identity/oidc/key/a"));
        Assert.That(await world.Published(), Has.Count.EqualTo(2));
        Assert.That(await world.Published(Second), Is.EqualTo(await world.Published()));
    }

    [Test]
    [Description("I7, I8")]
    public async Task Over_ten_days_every_token_verifies_until_its_end_at_a_verifier_that_keeps_keys_for_a_day()
    {
        await using var world = await World();
        await world.KeyAndRole("k", new { rotation_period = "24h", verification_ttl = "24h", publish_ahead = "24h" }, new { ttl = "24h" });
        var (cached, readAt) = (await world.Published(), _clock.GetUtcNow());
        var signers = new List<string>();
        for (var hour = 0; hour < 240; hour += 3)
        {
            var token = await world.Token("k", First.As(world.PersonToken));
            var keyId = TokenWorld.KeyIdOf(token);
            Assert.That(cached, Does.Contain(keyId), $"hour {hour}: unknown to who read the keys at {readAt}");
            signers.Add(keyId);

            // Of the tokens that still live, the oldest was signed a day ago.
            Assert.That(
                await world.Published(), Is.SupersetOf(signers.TakeLast(8).Distinct()), $"hour {hour}: a key is gone before its tokens");
            _clock.Move(TimeSpan.FromHours(3));
            await TokenWorld.RotateDue(hour % 2 == 0 ? First : Second);
            if (_clock.GetUtcNow() - readAt >= TimeSpan.FromHours(24))
            {
                (cached, readAt) = (await world.Published(), _clock.GetUtcNow());
            }
        }

        Assert.That(signers.Distinct().Count(), Is.InRange(9, 11));
        Assert.That((await world.Published()).Count, Is.LessThanOrEqualTo(4), "what has ended is removed");
    }

    [Test]
    [Description("I8")]
    public async Task A_rotation_by_hand_waits_until_the_next_key_is_known_and_then_happens_by_itself()
    {
        await using var world = await World();
        await world.KeyAndRole("k", new { rotation_period = "168h", publish_ahead = "24h" });
        var before = TokenWorld.KeyIdOf(await world.Token("k"));
        var answer = await world.Set("key/k/rotate");
        Assert.That(answer["warnings"][0].GetString(), Does.StartWith("the next version signs from"));

        _clock.Move(TimeSpan.FromHours(23));
        await TokenWorld.RotateDue(Second);
        Assert.That(TokenWorld.KeyIdOf(await world.Token("k")), Is.EqualTo(before));
        _clock.Move(TimeSpan.FromHours(2));
        await TokenWorld.RotateDue(Second);
        Assert.That(TokenWorld.KeyIdOf(await world.Token("k")), Is.Not.EqualTo(before));

        _clock.Move(TimeSpan.FromHours(25));
        var third = await world.Admin.Post("/v1/identity/oidc/key/k/rotate");
        Assert.That((int)third.Status, Is.EqualTo(204), "the one after that is known by now");
    }

    [Test]
    public async Task Two_gateways_that_find_it_due_rotate_once_and_both_sign_with_it()
    {
        await using var world = await World();
        await world.KeyAndRole("k");
        using var second = Second.As(world.PersonToken);
        for (var day = 0; day < 5; day++)
        {
            var before = TokenWorld.KeyIdOf(await world.Token("k"));
            _ = await world.Token("k", second);
            _clock.Move(TimeSpan.FromHours(24));
            await Task.WhenAll(Enumerable.Range(0, 6).Select(i => TokenWorld.RotateDue(i % 2 == 0 ? First : Second)));

            var after = TokenWorld.KeyIdOf(await world.Token("k"));
            Assert.That(after, Is.Not.EqualTo(before));
            Assert.That(TokenWorld.KeyIdOf(await world.Token("k", second)), Is.EqualTo(after));
        }

        var rows = (await First.AuditOf("signing_key")).Where(row => row.OrgId == world.OrgId && row.Action == "rotate").ToList();
        Assert.That(rows, Has.Count.EqualTo(5));
        Assert.That(rows.Select(row => row.Fields), Is.All.Contains("\"planned\": true"));
    }

    [Test]
    public async Task When_a_rotation_has_answered_no_gateway_signs_with_what_was(
        [Values("rotate", "rotate/emergency")] string how)
    {
        await using var world = await World();
        await world.KeyAndRole("k");
        using var second = Second.As(world.PersonToken);
        for (var round = 0; round < 5; round++)
        {
            var before = TokenWorld.KeyIdOf(await world.Token("k", second));
            await world.Set($"key/k/{how}");
            Assert.That(TokenWorld.KeyIdOf(await world.Token("k", second)), Is.Not.EqualTo(before));
            Assert.That(await world.Published(Second), how == "rotate" ? Does.Contain(before) : Does.Not.Contain(before));
        }
    }

    [Test]
    public async Task An_emergency_withdraws_what_may_have_leaked_and_says_what_it_breaks()
    {
        await using var world = await World();
        await world.KeyAndRole("k", new { publish_ahead = "24h" });
        var token = await world.Token("k");
        var known = await world.Published();
        Assert.That((await world.Introspect(token)).Active, Is.True);

        var answer = (await world.Set("key/k/rotate/emergency"))["data"];

        Assert.Multiple(async () =>
        {
            Assert.That(answer.GetProperty("withdrawn").EnumerateArray().Select(id => id.GetString()), Is.EquivalentTo(known));
            Assert.That(answer.GetProperty("roles").ToString(), Is.EqualTo("""["k"]"""));
            Assert.That(await world.Introspect(token), Is.EqualTo((false, "unable to validate the token signature")));
            Assert.That((await world.Published()).Intersect(known), Is.Empty, "the next one lay beside it, so it goes too");
            Assert.That(TokenWorld.KeyIdOf(await world.Token("k")), Is.EqualTo(answer.GetProperty("signs_with").GetString()));
        });
        var row = (await First.AuditOf("signing_key")).Last(row => row.OrgId == world.OrgId);
        Assert.That(row.Action, Is.EqualTo("rotate"));
        Assert.That(row.Fields, Does.Contain("\"emergency\": true").And.Contain(known[0]));
    }

    [Test]
    public async Task An_emergency_may_leave_the_outgoing_key_for_a_while()
    {
        await using var world = await World();
        await world.KeyAndRole("k");
        var token = await world.Token("k");
        await world.Set("key/k/rotate/emergency", new { verification_ttl = "5m" });
        Assert.That((await world.Introspect(token)).Active, Is.True);
        _clock.Move(TimeSpan.FromMinutes(6));
        await TokenWorld.RotateDue(First);
        Assert.That(await world.Introspect(token), Is.EqualTo((false, "unable to validate the token signature")));
    }

    [Test]
    public async Task The_private_half_is_erased_when_it_has_signed_its_last()
    {
        await using var world = await World();
        await world.KeyAndRole("k");
        await world.Set("key/k/rotate");
        Assert.That(
            await First.Query<string>(
                """
                SELECT state || ' ' || (private_sealed IS NOT NULL)
                FROM identity.oidc_key_versions
                WHERE org_id = @OrgId
                ORDER BY 1
                """,
                new { world.OrgId }),
            Is.EqualTo(["current true", "next true", "retired false"]));
    }

    [Test]
    [Description("I7: the key is changed after the tokens were signed")]
    public async Task A_shorter_verification_ttl_does_not_unpublish_the_key_of_longer_tokens()
    {
        await using var world = await World();
        await world.KeyAndRole("k", new { verification_ttl = "24h" }, new { ttl = "24h" });
        var token = await world.Token("k");
        await world.Set("role/k", new { ttl = "5m" });
        await world.Set("key/k", new { verification_ttl = "5m" });
        await world.Set("key/k/rotate");

        _clock.Move(TimeSpan.FromHours(23.5));
        await TokenWorld.RotateDue(First);
        Assert.That(await world.Introspect(token), Is.EqualTo((true, (string?)null)));
        _clock.Move(TimeSpan.FromHours(1));
        Assert.That((await world.Introspect(token)).Error, Does.StartWith("error validating claims: expired"));
    }

    [Test]
    [Description("I7: concurrent changes of key and role")]
    public async Task A_key_and_a_role_that_are_changed_at_once_fit_each_other()
    {
        await using var world = await World();
        using var second = Second.As(world.Admin.DefaultRequestHeaders.Authorization!.Parameter!);
        for (var round = 0; round < 10; round++)
        {
            await world.KeyAndRole("k", new { verification_ttl = "1h" }, new { ttl = "5m" });
            await Task.WhenAll(
                world.Admin.Post("/v1/identity/oidc/key/k", new { verification_ttl = "10m" }),
                world.Admin.Post("/v1/identity/oidc/role/k", new { ttl = "1h" }),
                second.Post("/v1/identity/oidc/key/k", new { verification_ttl = "10m" }));
            var key = (await world.Admin.Get("/v1/identity/oidc/key/k"))["data"].GetProperty("verification_ttl").GetInt32();
            var role = (await world.Admin.Get("/v1/identity/oidc/role/k"))["data"].GetProperty("ttl").GetInt32();
            Assert.That(role, Is.LessThanOrEqualTo(key));
        }
    }

    [Test]
    public async Task Another_algorithm_comes_with_the_next_key_and_old_tokens_stay_good()
    {
        await using var world = await World();
        await world.KeyAndRole("k", new { publish_ahead = "1h" });
        var token = await world.Token("k");
        await world.Set("key/k", new { algorithm = "RS256" });
        Assert.That(TokenWorld.HeaderOf(await world.Token("k")).GetProperty("alg").GetString(), Is.EqualTo("ES256"), "not known yet");

        _clock.Move(TimeSpan.FromMinutes(61));
        await TokenWorld.RotateDue(First);
        Assert.That(TokenWorld.HeaderOf(await world.Token("k")).GetProperty("alg").GetString(), Is.EqualTo("RS256"));
        Assert.That((await world.Published()), Does.Contain(TokenWorld.KeyIdOf(token)));
    }

    [Test]
    public async Task What_verifiers_fetch_stays_small_however_often_somebody_rotates()
    {
        await using var world = await World();
        await world.KeyAndRole("k");
        var refused = default(Reply);
        for (var i = 0; i < 30 && refused is null; i++)
        {
            var reply = await world.Admin.Post("/v1/identity/oidc/key/k/rotate");
            refused = reply.Response.IsSuccessStatusCode ? null : reply;
        }

        Assert.That(refused?["errors"][0].GetString(), Does.StartWith("the key \"k\" has 24 published versions"));
        Assert.That(await world.Published(), Has.Count.EqualTo(KeyVersions.MostPublished));
    }

    [Test]
    public async Task The_plan_outlives_the_gateways_and_what_was_missed_is_made_up_for()
    {
        await using var alone = await TestGateway.Start(services: TokenWorld.With(_clock));
        var world = await TokenWorld.Start(alone, "restarted");
        await using var _ = world;
        await world.KeyAndRole("k", new { verification_ttl = "72h" }, new { ttl = "72h" });
        var token = await world.Token("k");

        _clock.Move(TimeSpan.FromHours(49));
        await using var again = await TestGateway.Start(services: TokenWorld.With(_clock), connection: alone.Connection);
        using var person = again.As(world.PersonToken);
        Assert.That(TokenWorld.KeyIdOf(await world.Token("k", person)), Is.EqualTo(TokenWorld.KeyIdOf(token)), "until the work is done");
        Assert.That(await TokenWorld.RotateDue(again), Is.EqualTo(1));

        var after = await world.Token("k", person);
        Assert.That(TokenWorld.KeyIdOf(after), Is.Not.EqualTo(TokenWorld.KeyIdOf(token)));
        Assert.That(await world.Published(again), Is.SupersetOf([TokenWorld.KeyIdOf(token), TokenWorld.KeyIdOf(after)]));
        Assert.That(await TokenWorld.RotateDue(again), Is.Zero, "once");
    }

    [Test]
    public async Task A_rotation_that_fails_half_way_leaves_the_key_as_it_was()
    {
        await using var world = await World();
        await world.KeyAndRole("k");
        var (before, known) = (TokenWorld.KeyIdOf(await world.Token("k")), await world.Published());
        await First.Execute(
            """
            CREATE FUNCTION pg_temp_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the disk is full'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON identity.oidc_key_versions FOR EACH ROW EXECUTE FUNCTION pg_temp_refuse();
            """);
        try
        {
            _clock.Move(TimeSpan.FromHours(24));
            Assert.That(await TokenWorld.RotateDue(First), Is.Zero);
            Assert.That(TokenWorld.KeyIdOf(await world.Token("k")), Is.EqualTo(before));
            Assert.That(await world.Published(), Is.EqualTo(known));
        }
        finally
        {
            await First.Execute("DROP TRIGGER refuse ON identity.oidc_key_versions; DROP FUNCTION pg_temp_refuse()");
        }

        await TokenWorld.RotateDue(Second);
        Assert.That(TokenWorld.KeyIdOf(await world.Token("k")), Is.Not.EqualTo(before));
    }

    [Test]
    public async Task Other_encryption_keys_take_over_what_was_sealed()
    {
        await using var alone = await TestGateway.Start();
        var world = await TokenWorld.Start(alone, "resealed");
        await using var _ = world;
        await world.KeyAndRole("k");
        var before = TokenWorld.KeyIdOf(await world.Token("k"));
        var other = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        await using var rotated = await TestGateway.Start(
            new(StringComparer.Ordinal) { ["HOOP_ENCRYPTION_KEY"] = $"new:{other},old:{TestGateway.EncryptionKey}" },
            services: null,
            alone.Connection);

        await Eventually.True(
            async () => (await alone.Query<string>(
                "SELECT DISTINCT private_key_id FROM identity.oidc_key_versions WHERE private_key_id IS NOT NULL")) is ["new"],
            "the signing keys are not sealed again");
        using var person = rotated.As(world.PersonToken);
        Assert.That(TokenWorld.KeyIdOf(await world.Token("k", person)), Is.EqualTo(before));
    }

    [Test]
    public async Task Keys_are_kept_by_caches_no_longer_than_until_the_next_rotation()
    {
        await using var world = await World();
        Assert.That((await MaxAge(world)), Is.Null, "no keys");
        await world.KeyAndRole("k", new { rotation_period = "10m", verification_ttl = "10m" });
        Assert.That(await MaxAge(world), Is.InRange(TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10)));
        _clock.Move(TimeSpan.FromMinutes(8));
        Assert.That(await MaxAge(world), Is.LessThanOrEqualTo(TimeSpan.FromMinutes(2)));
    }

    private static async Task<TimeSpan?> MaxAge(TokenWorld world) =>
        (await world.Gateway.Anonymous.Get($"{world.Path}/.well-known/keys")).Response.Headers.CacheControl?.MaxAge;

    // The clock is everybody's, so each test begins with keys of its own.
    private Task<TokenWorld> World() => TokenWorld.Start(First, $"rotation-{Interlocked.Increment(ref _worlds)}");
}
