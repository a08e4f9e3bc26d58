using System.Net;
using System.Text.Json.Nodes;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.People;

/// <summary>What the issuer says of groups, and what it does not say.</summary>
public sealed class GroupsTests
{
    private readonly FakeClock _clock = new(DateTimeOffset.UtcNow);

    [Test]
    public async Task Each_sign_in_takes_over_what_the_issuer_says_and_leaves_what_admins_set()
    {
        await using var people = await PeopleGateway.Start(("HOOP_OIDC_GROUPS_CLAIM", "groups"));
        var id = (await people.SignInAs("jane", ["a", "b", "a"])).Text("id");
        await people.Admin.Put($"/api/users/{id}", new { groups = new[] { "admin" } });
        using var jane = people.As("jane");
        var before = await Groups(jane);
        var second = await people.SignInAs("jane", ["b", "c"]);
        var after = await Groups(jane);
        await people.SignInAs("jane", []);
        var none = await Groups(jane);

        Assert.That((before, after, none), Is.EqualTo(("admin,a,b", "admin,b,c", "admin")).Or.EqualTo(("a,admin,b", "admin,b,c", "admin")));
        Assert.That(second["groups_known"].GetBoolean());
        var row = await people.Admin.Get($"/api/users/{id}");
        Assert.That((Joined(row, "set_groups"), Joined(row, "issuer_groups")), Is.EqualTo(("admin", "")));
    }

    [Test]
    public async Task Without_a_claim_that_is_asked_for_a_token_gives_no_group()
    {
        await using var people = await PeopleGateway.Start();
        var signedIn = await people.SignInAs("jane", ["admin"]);

        Assert.That(signedIn["groups"].GetArrayLength(), Is.Zero);
        Assert.That((await people.As("jane").Get("/api/userinfo")).Text("role"), Is.EqualTo("standard"));
    }

    private static IEnumerable<TestCaseData> Unknown()
    {
        yield return Case("absent");
        yield return Case("too many for Entra ID", ("_claim_names", new JsonObject { ["groups"] = "src1" }),
            ("_claim_sources", new JsonObject { ["src1"] = new JsonObject { ["endpoint"] = "http://169.254.169.254/groups" } }));
        yield return Case("hasgroups", ("hasgroups", true), ("groups", new JsonArray("a")));
        yield return Case("a number", ("groups", 5));
        yield return Case("a list of numbers", ("groups", new JsonArray(1, 2)));
        yield return Case("a name that no group has", ("groups", new JsonArray("a", new string('x', 181))));
        yield return Case("a blank one", ("groups", new JsonArray("a", " ")));

        static TestCaseData Case(string what, params (string, JsonNode?)[] claims) =>
            new TestCaseData(arg: claims).SetArgDisplayNames(what);
    }

    [TestCaseSource(nameof(Unknown))]
    [Description("A9: what is not said is unknown, and never none")]
    public async Task A9_unknown_groups_leave_those_of_before_for_a_while_and_then_refuse((string, JsonNode?)[] claims)
    {
        await using var people = await Start(("HOOP_OIDC_GROUPS_CLAIM", "groups"), ("HOOP_OIDC_GROUPS_KEEP", "12h"));
        await people.SignInAs("jane", ["admin"]);

        var kept = await people.SignInAs("jane", claims: claims);
        _clock.Advance(TimeSpan.FromHours(11));
        var still = await people.SignInAs("jane", claims: claims);
        _clock.Advance(TimeSpan.FromHours(2));
        var refused = await people.SignInAs("jane", claims: claims);
        var told = await people.SignInAs("jane", ["staff"]);

        Assert.That((kept.Status, kept["groups_known"].GetBoolean(), Joined(kept, "groups")), Is.EqualTo((HttpStatusCode.OK, false, "admin")));
        Assert.That(kept["warnings"][0].GetString(), Does.StartWith("your groups are unknown to this gateway: "));
        Assert.That(still.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.Forbidden, "groups_unknown")));
        Assert.That((told.Status, Joined(told, "groups")), Is.EqualTo((HttpStatusCode.OK, "staff")));
    }

    [Test]
    public async Task A9_they_may_be_refused_at_once()
    {
        await using var people = await Start(("HOOP_OIDC_GROUPS_CLAIM", "groups"), ("HOOP_OIDC_GROUPS_KEEP", "0s"));

        var refused = await people.SignInAs("jane");

        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.Forbidden, "groups_unknown")));
        Assert.That((await people.Admin.Get("/api/users?subject=jane")).Body.GetArrayLength(), Is.Zero, "nothing is written");
    }

    [Test]
    public async Task A9_who_never_had_any_is_told_and_stays_unknown()
    {
        await using var people = await Start(("HOOP_OIDC_GROUPS_CLAIM", "groups"));

        var signedIn = await people.SignInAs("jane");
        var row = await people.Admin.Get($"/api/users/{signedIn.Text("id")}");

        Assert.That((signedIn.Status, signedIn["groups_known"].GetBoolean()), Is.EqualTo((HttpStatusCode.OK, false)));
        Assert.That(row.Body.TryGetProperty("groups_known_at", out _), Is.False);
    }

    private async Task<PeopleGateway> Start(params (string Variable, string Value)[] settings)
    {
        var provider = await Hoop.StandIns.IdentityProviderStandIn.Start(PeopleGateway.Audience, clock: _clock);
        provider.Lifetime = TimeSpan.FromHours(1);
        return new PeopleGateway(
            await TestGateway.Start(
                PeopleGateway.SettingsFor(provider, settings), services => services.AddSingleton<TimeProvider>(_clock)),
            provider);
    }

    private static async Task<string> Groups(HttpClient client) => Joined(await client.Get("/api/userinfo"), "groups");

    private static string Joined(Reply reply, string member) =>
        string.Join(',', reply[member].EnumerateArray().Select(group => group.GetString()));
}
