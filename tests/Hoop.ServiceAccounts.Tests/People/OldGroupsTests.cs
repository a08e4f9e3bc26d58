using System.Net;
using System.Text.Json.Nodes;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.People;

/// <summary>
/// What the issuer told of groups counts for a time, and then no more until it is told again: for everything that a person holds, not only
/// at the next sign-in.
/// </summary>
[Description("A9")]
public sealed class OldGroupsTests
{
    private PeopleGateway _people = null!;
    private string _id = null!;

    [SetUp]
    public async Task Start()
    {
        _people = await PeopleGateway.Start(("HOOP_OIDC_GROUPS_CLAIM", "groups"), ("HOOP_OIDC_GROUPS_KEEP", "12h"));
        _id = (await _people.SignInAs("jane", ["admin", "told"])).Text("id")!;
        await _people.Admin.Put($"/api/users/{_id}", new { groups = new[] { "set" } });
    }

    [TearDown]
    public async Task Stop() => await _people.DisposeAsync();

    [Test]
    public async Task A9_an_access_token_has_what_the_issuer_told_for_so_long_and_what_admins_set_for_ever()
    {
        using var jane = _people.As("jane");
        var fresh = await Who(jane);
        await TellAgo("11 hours");
        var still = await Who(jane);
        await TellAgo("13 hours");
        var old = await Who(jane);
        await _people.SignInAs("jane", ["told"]);
        var again = await Who(jane);

        Assert.That(
            (fresh, still, old, again),
            Is.EqualTo((("admin,set,told", "admin"), ("admin,set,told", "admin"), ("set", "standard"), ("set,told", "standard"))));
    }

    [Test]
    public async Task A_gateway_that_remembers_the_person_forgets_in_time()
    {
        await _people.Gateway.Remembers();
        using var jane = _people.As("jane");
        await _people.Gateway.Execute(
            "UPDATE identity.people SET issuer_groups_at = now() - interval '12 hours' + interval '2 seconds' WHERE id = @Id",
            new { Id = Guid.Parse(_id) });
        Assert.That((await Who(jane)).Role, Is.EqualTo("admin"));

        await Eventually.True(async () => (await Who(jane)).Role == "standard", "the groups count for longer than they may");
    }

    [Test]
    public async Task A_personal_token_and_the_token_of_a_sign_in_lose_them_as_well()
    {
        var signedIn = await _people.Gateway.Anonymous.Post(
            "/api/signin", new { id_token = _people.IdToken("jane", ["admin", "told"]), token = true });
        using var jane = _people.As("jane");
        var made = await jane.Post("/api/tokens", new { name = "script", groups = new[] { "admin", "set" } });
        using var script = _people.Gateway.As(made.Text("token")!);
        using var own = _people.Gateway.As(signedIn.Text("token")!);
        Assert.That(((await Who(script)).Groups, (await Who(own)).Groups), Is.EqualTo(("admin,set", "admin,set,told")));

        await TellAgo("13 hours");

        Assert.That(((await Who(script)).Groups, (await Who(own)).Groups), Is.EqualTo(("set", "set")));
    }

    [Test]
    public async Task A_Vault_token_of_the_person_waits_until_the_groups_are_told_again()
    {
        using var jane = _people.As("jane");
        var made = await jane.Post("/v1/auth/token/create", new { ttl = "1h" });
        using var vault = _people.Gateway.As(made["auth"].GetProperty("client_token").GetString()!);
        Assert.That(await Looks(vault), Is.EqualTo(HttpStatusCode.OK));

        await TellAgo("13 hours");
        Assert.That(await Looks(vault), Is.EqualTo(HttpStatusCode.Forbidden));
        await _people.SignInAs("jane", ["admin", "told"]);
        Assert.That(await Looks(vault), Is.EqualTo(HttpStatusCode.OK), "nothing was lost");

        await TellAgo("13 hours");
        await _people.SignInAs("jane", ["told"]);
        Assert.That(await Looks(vault), Is.EqualTo(HttpStatusCode.Forbidden), "the issuer took a group away, so what it made is over");
        await _people.SignInAs("jane", ["admin", "told"]);
        Assert.That(await Looks(vault), Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_Vault_token_of_a_person_without_groups_of_the_issuer_is_not_concerned()
    {
        var id = (await _people.SignInAs("root", [])).Text("id");
        await _people.Admin.Put($"/api/users/{id}", new { groups = new[] { "admin" } });
        using var root = _people.As("root");
        var made = await root.Post("/v1/auth/token/create", new { ttl = "1h" });
        using var vault = _people.Gateway.As(made["auth"].GetProperty("client_token").GetString()!);
        await TellAgo("13 hours");

        Assert.That(await Looks(vault), Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Who_signed_in_at_an_earlier_version_has_the_usual_day()
    {
        await _people.Gateway.Execute("UPDATE identity.people SET issuer_groups_keep_seconds = NULL");
        using var jane = _people.As("jane");
        await TellAgo("23 hours");
        var still = await Who(jane);
        await TellAgo("25 hours");

        Assert.That((still.Role, (await Who(jane)).Role), Is.EqualTo(("admin", "standard")));
    }

    [Test]
    public async Task A9_a_token_of_before_brings_back_no_group_that_the_issuer_has_taken_away()
    {
        var before = _people.IdToken("jane", ["admin", "told"], claims: ("iat", Ago(minutes: 50)));
        using var jane = _people.As("jane");
        await _people.SignInAs("jane", ["told"]);

        var again = await _people.SignIn(before);

        Assert.That((again.Status, Joined(again, "groups")), Is.EqualTo((HttpStatusCode.OK, "set,told")), "it is still a good token");
        Assert.That(await Who(jane), Is.EqualTo(("set,told", "standard")));
    }

    [Test]
    public async Task A9_groups_count_from_when_they_were_told_and_not_from_when_the_token_was_shown()
    {
        await using var strict = await PeopleGateway.Start(("HOOP_OIDC_GROUPS_CLAIM", "groups"), ("HOOP_OIDC_GROUPS_KEEP", "1h"));
        using var jane = strict.As("jane");
        await strict.SignIn(strict.IdToken("jane", ["admin"], claims: ("iat", Ago(minutes: 59))));
        var still = (await Who(jane)).Role;
        await strict.Gateway.Execute("UPDATE identity.people SET issuer_groups_at = issuer_groups_at - interval '2 minutes'");
        var over = (await Who(jane)).Role;
        await strict.SignIn(strict.IdToken("jane", ["admin"]));

        Assert.That((still, over, (await Who(jane)).Role), Is.EqualTo(("admin", "standard", "admin")));
    }

    [Test]
    public async Task A_token_that_tells_no_time_or_one_ahead_counts_from_now([Values] bool isAhead)
    {
        var id = isAhead ? "ahead" : "timeless";
        JsonNode? time = isAhead ? JsonValue.Create(DateTimeOffset.UtcNow.AddSeconds(20).ToUnixTimeSeconds()) : null;
        Assert.That((await _people.SignIn(_people.IdToken(id, ["admin"], claims: ("iat", time)))).Status, Is.EqualTo(HttpStatusCode.OK));

        var isNow = await _people.Gateway.Query<bool>(
            "SELECT issuer_groups_at <= now() AND issuer_groups_at > now() - interval '1 minute' FROM identity.people WHERE subject = @id",
            new { id });

        Assert.That(isNow, Is.EqualTo(new[] { true }));
    }

    [Test]
    public async Task Where_nothing_is_kept_a_sign_in_counts_for_an_hour()
    {
        await using var strict = await PeopleGateway.Start(("HOOP_OIDC_GROUPS_CLAIM", "groups"), ("HOOP_OIDC_GROUPS_KEEP", "0s"));
        await strict.SignInAs("jane", ["admin"]);
        using var jane = strict.As("jane");
        var fresh = (await Who(jane)).Role;
        await TellAgo("59 minutes", strict);
        var still = (await Who(jane)).Role;
        await TellAgo("61 minutes", strict);

        Assert.That((fresh, still, (await Who(jane)).Role), Is.EqualTo(("admin", "admin", "standard")));
    }

    [Test]
    public async Task A9_a_gateway_that_starts_with_a_shorter_time_takes_back_what_sign_ins_of_before_were_promised()
    {
        using var jane = _people.As("jane");
        await TellAgo("2 hours");
        Assert.That((await Who(jane)).Role, Is.EqualTo("admin"));

        await using var next = await TestGateway.Start(
            PeopleGateway.SettingsFor(_people.Provider, ("HOOP_OIDC_GROUPS_CLAIM", "groups"), ("HOOP_OIDC_GROUPS_KEEP", "1h")),
            connection: _people.Gateway.Connection);

        using var there = next.As(_people.AccessToken("jane"));
        Assert.That((await Who(there)).Role, Is.EqualTo("standard"));
        await Eventually.True(async () => (await Who(jane)).Role == "standard", "the gateway of before is not told");
        Assert.That(
            await next.Query<int?>("SELECT issuer_groups_keep_seconds FROM identity.people WHERE subject = 'jane'"),
            Is.EqualTo(new int?[] { 3600 }));
    }

    [Test]
    public async Task The_list_of_people_shows_what_counts_and_what_was_told()
    {
        await TellAgo("13 hours");
        var row = await _people.Admin.Get($"/api/users/{_id}");

        Assert.That(Joined(row, "groups"), Is.EqualTo("set"));
        Assert.That(Joined(row, "issuer_groups"), Is.EqualTo("admin,told"));
    }

    private static JsonNode Ago(int minutes) => JsonValue.Create(DateTimeOffset.UtcNow.AddMinutes(-minutes).ToUnixTimeSeconds());

    private Task TellAgo(string time, PeopleGateway? people = null) => (people ?? _people).Gateway.Execute(
        $"UPDATE identity.people SET issuer_groups_at = now() - interval '{time}'");

    private static async Task<(string Groups, string Role)> Who(HttpClient client)
    {
        var reply = await client.Get("/api/userinfo");
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Message);
        return (Joined(reply, "groups"), reply.Text("role")!);
    }

    private static string Joined(Reply reply, string member) =>
        string.Join(',', reply[member].EnumerateArray().Select(one => one.GetString()).Order(StringComparer.Ordinal));

    private static async Task<HttpStatusCode> Looks(HttpClient vault) => (await vault.Get("/v1/auth/token/lookup-self")).Status;
}
