using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Identity.Logins;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Logins;

/// <summary>What a mount's token tells was so when it was made: no token of before brings back what the issuer took away.</summary>
[Description("A9")]
public sealed class OldLoginTokenTests
{
    private static readonly DateTime Noon = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    private LoginWorld _world = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _world = await LoginWorld.Start();
        await _world.Group("builders");
        await _world.Group("readers");
        await _world.SetRole("grouped", ("groups_claim", "groups"), ("claim_mappings", new { email = "mail" }));
    }

    [OneTimeTearDown]
    public async Task Stop() => await _world.DisposeAsync();

    [Test]
    public async Task A9_a_token_of_before_brings_back_no_group_that_a_newer_one_has_taken_away()
    {
        var (before, after) = (Token("ada", minutesAgo: 4, "builders", "readers"), Token("ada", minutesAgo: 2, "readers"));
        Assert.That(Policies(await _world.SignedIn(before, "grouped")), Is.EqualTo(new[] { "of-builders", "of-readers" }));
        Assert.That(Policies(await _world.SignedIn(after, "grouped")), Is.EqualTo(new[] { "of-readers" }));

        var again = await _world.SignedIn(before, "grouped");

        Assert.That(Policies(again), Is.EqualTo(new[] { "of-readers" }), "it is still a good token, and gives what counts now");
        Assert.That(Policies(await _world.SignedIn(after, "grouped")), Is.EqualTo(new[] { "of-readers" }), "the newest may come again");
        var newest = await _world.SignedIn(Token("ada", minutesAgo: 1, "builders"), "grouped");
        Assert.That(Policies(newest), Is.EqualTo(new[] { "of-builders" }));
    }

    [Test]
    public async Task Nor_the_metadata_that_policies_name()
    {
        var before = Made("mia", minutesAgo: 4, mail: "old@example.com");
        await _world.SignedIn(before, "grouped");
        await _world.SignedIn(Made("mia", minutesAgo: 2, mail: "new@example.com"), "grouped");
        await _world.SignedIn(before, "grouped");

        Assert.That(await Told("mia", "metadata ->> 'mail'"), Is.EqualTo("new@example.com"));
    }

    [Test]
    public async Task A_role_that_asks_for_no_groups_ends_them_and_a_token_of_before_does_not_bring_them_back()
    {
        var before = Token("bea", minutesAgo: 4, "builders");
        await _world.SignedIn(before, "grouped");
        await _world.SignedIn(Token("bea", minutesAgo: 2, "readers"), "grouped");
        await _world.SignedIn(before);

        Assert.That(await Told("bea", "told_groups::text"), Is.Null, "whatever the token's age, the role says so now");
        Assert.That(Policies(await _world.SignedIn(before, "grouped")), Is.Empty);
    }

    [Test]
    public async Task Of_many_at_once_the_newest_counts()
    {
        for (var i = 0; i < 5; i++)
        {
            var who = $"many-{i}";
            var tokens = Enumerable.Range(1, 8).Select(minutes => Token(who, minutes, minutes == 1 ? "readers" : "builders")).ToArray();
            Random.Shared.Shuffle(tokens);

            await Task.WhenAll(tokens.Select(token => _world.SignedIn(token, "grouped")));

            Assert.That(await Told(who, "told_groups::text"), Is.EqualTo("{readers}"));
        }
    }

    [Test]
    public async Task A_token_that_does_not_say_when_it_was_made_adds_nothing_where_others_of_the_name_say()
    {
        await _world.SignedIn(Token("eve", minutesAgo: 3, "readers"), "grouped");
        Assert.That(Policies(await _world.SignedIn(Token("eve", minutesAgo: null, "builders", "readers"), "grouped")),
            Is.EqualTo(new[] { "of-readers" }));
        Assert.That(Policies(await _world.SignedIn(Token("eve", minutesAgo: null), "grouped")), Is.Empty, "it takes away");
        Assert.That(Policies(await _world.SignedIn(Token("eve", minutesAgo: null, "readers"), "grouped")), Is.Empty);
        Assert.That(Policies(await _world.SignedIn(Token("eve", minutesAgo: 1, "readers"), "grouped")), Is.EqualTo(new[] { "of-readers" }));
    }

    [Test]
    public async Task Where_no_token_says_when_it_was_made_the_last_sign_in_counts()
    {
        foreach (var group in new[] { "builders", "readers", "builders" })
        {
            var auth = await _world.SignedIn(Token("timeless", minutesAgo: null, group), "grouped");
            Assert.That(Policies(auth), Is.EqualTo(new[] { $"of-{group}" }));
        }
    }

    [Test]
    public async Task A_time_ahead_counts_as_now_so_the_next_token_is_not_old()
    {
        await _world.SignedIn(Token("ahead", minutesAgo: -0.5, "builders"), "grouped");
        Assert.That(await Told("ahead", "(told_at <= now())::text"), Is.EqualTo("true"));
    }

    [Test]
    public async Task An_alias_that_gets_another_name_is_told_anew()
    {
        var auth = await _world.SignedIn(Token("was", minutesAgo: 1, "builders"), "grouped");
        var entity = await _world.Admin.Get($"/v1/identity/entity/id/{auth.GetProperty("entity_id").GetString()}");
        var id = entity["data"].GetProperty("aliases")[0].GetProperty("id").GetString();
        await _world.Made($"/v1/identity/entity-alias/id/{id}", new { name = "is" });

        Assert.That(Policies(await _world.SignedIn(Token("is", minutesAgo: 4, "readers"), "grouped")), Is.EqualTo(new[] { "of-readers" }));
    }

    // What is known, what the token says (and when, in minutes from noon), and what counts then.
    [TestCase("a,b", 0, "c", 1, "c", 1, TestName = "newer: what it says")]
    [TestCase("a,b", 0, "c", 0, "c", 0, TestName = "of the same moment: what it says")]
    [TestCase("a,b", 0, "c", -1, "a,b", 0, TestName = "older: nothing changes")]
    [TestCase("a,b", 0, null, -1, null, 0, TestName = "older, for a role without groups: they end")]
    [TestCase(null, 0, "c", -1, "", 0, TestName = "older, where they had ended: they stay so")]
    [TestCase("a,b", 0, "b,c", null, "b", 0, TestName = "without a time: it takes away")]
    [TestCase("a,b", null, "c", -9, "c", -9, TestName = "the first one with a time: what it says")]
    [TestCase("a,b", null, "c", null, "c", null, TestName = "never a time: what it says")]
    [TestCase("a,b", 0, "c", 99, "c", 10, TestName = "ahead: as of now")]
    [TestCase(null, null, null, 1, null, null, TestName = "a role that takes nothing over makes no other token old")]
    public void Told_counts(string? known, int? knownAt, string? says, int? saysAt, string? counts, int? countsAt)
    {
        var who = new LoginClaims("n", new Dictionary<string, string>(), Split(says)) { IssuedAt = At(saysAt) };

        var after = Hoop.Identity.Logins.Told.After(new Told([], Split(known), At(knownAt)), who, Noon.AddMinutes(10));

        Assert.That((Joined(after.Groups), after.At), Is.EqualTo((counts, At(countsAt))));
        Assert.That(after.IsSameAs(new Told([], Split(counts), At(countsAt))), Is.True);

        static DateTime? At(int? minutes) => minutes is { } some ? Noon.AddMinutes(some) : null;
        static string[]? Split(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries);
        static string? Joined(string[]? groups) => groups is null ? null : string.Join(',', groups);
    }

    private string Token(string subject, double? minutesAgo, params string[] groups) => Made(subject, minutesAgo, mail: null, groups);

    private string Made(string subject, double? minutesAgo, string? mail, params string[] groups) => _world.Provider.MintAccessToken(
        subject,
        groups: groups,
        email: mail,
        variant: new TokenVariant
        {
            Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal)
            {
                ["iat"] = minutesAgo is { } ago ? DateTimeOffset.UtcNow.AddMinutes(-ago).ToUnixTimeSeconds() : null,
            },
        });

    private async Task<string?> Told(string name, string column) => (await _world.Gateway.Query<string?>(
        $"SELECT {column} FROM identity.entity_aliases WHERE name = @name", new { name })).Single();

    private static string[] Policies(JsonElement auth) => auth.TryGetProperty("identity_policies", out var policies)
        ? [.. policies.EnumerateArray().Select(policy => policy.GetString()!).Order(StringComparer.Ordinal)]
        : [];
}
