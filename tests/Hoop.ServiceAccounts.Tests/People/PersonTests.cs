using System.Net;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.People;

/// <summary>/api/users: what admins see of people, and what deactivation does.</summary>
public sealed class PersonTests
{
    private PeopleGateway _people = null!;

    [OneTimeSetUp]
    public async Task Start() => _people = await PeopleGateway.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _people.DisposeAsync();

    [Test]
    [Description("A16: one place decides for all credentials; they stay, and work again")]
    public async Task A16_deactivation_refuses_every_credential_of_the_person_on_every_gateway_and_activation_gives_them_back()
    {
        await using var provider = await IdentityProviderStandIn.Start(PeopleGateway.Audience);
        await using var gateways = await TwoGateways.Start(PeopleGateway.SettingsFor(provider));
        var (first, second) = (new PeopleGateway(gateways.First, provider), new PeopleGateway(gateways.Second, provider));
        var id = (await first.SignInAs("jane")).Text("id");
        await first.Admin.Put($"/api/users/{id}", new { groups = new[] { "admin" } });
        using var access = first.As("jane");
        var personal = (await access.Post("/api/tokens", new { name = "script" })).Text("token")!;
        using var script = gateways.First.As(personal);
        var credentials = new[] { first.AccessToken("jane"), personal, await VaultToken(access), await VaultToken(script) };
        var before = await Ask();

        await first.Admin.Put($"/api/users/{id}", new { status = "inactive" });
        var during = await Ask();
        var signIn = await second.SignInAs("jane");
        await second.Admin.Put($"/api/users/{id}", new { status = "active" });
        var after = await Ask();

        Assert.That(before, Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(during, Is.All.EqualTo(HttpStatusCode.Unauthorized).Or.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(signIn.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(after, Is.All.EqualTo(HttpStatusCode.OK));

        async Task<HttpStatusCode[]> Ask()
        {
            var answers = new List<HttpStatusCode>();
            foreach (var gateway in new[] { gateways.First, gateways.Second })
            {
                foreach (var credential in credentials)
                {
                    using var client = gateway.As(credential);
                    answers.Add((await client.Get(
                        credential.StartsWith("hvs.", StringComparison.Ordinal) ? "/v1/auth/token/lookup-self" : "/api/userinfo")).Status);
                }
            }

            return [.. answers];
        }

        static async Task<string> VaultToken(HttpClient client)
        {
            var made = await client.Post("/v1/auth/token/create", new { ttl = "1h" });
            return made["auth"].GetProperty("client_token").GetString()!;
        }
    }

    [Test]
    public async Task An_update_changes_what_it_names_and_leaves_the_rest()
    {
        var id = (await _people.SignInAs("kept", claims: ("name", "Kept"))).Text("id");
        await _people.Admin.Put($"/api/users/{id}", new { groups = new[] { "a", "b" } });

        var inactive = await _people.Admin.Put($"/api/users/{id}", new { status = "inactive" });
        var named = await _people.Admin.Put($"/api/users/{id}", new { name = "Other", status = "active" });

        Assert.That(
            (inactive.Text("status"), inactive.Text("name"), inactive["groups"].GetArrayLength()), Is.EqualTo(("inactive", "Kept", 2)));
        Assert.That((named.Text("status"), named.Text("name"), named["groups"].GetArrayLength()), Is.EqualTo(("active", "Other", 2)));
        foreach (var (body, status) in new[]
        {
            ("{}", HttpStatusCode.BadRequest), ("""{"status": "invited"}""", HttpStatusCode.UnprocessableEntity),
            ("""{"groups": [" "]}""", HttpStatusCode.UnprocessableEntity), ("""{"groups": "a"}""", HttpStatusCode.BadRequest),
        })
        {
            Assert.That((await _people.Admin.Put($"/api/users/{id}", body)).Status, Is.EqualTo(status), body);
        }
    }

    [Test]
    public async Task Who_is_invited_is_not_active_before_the_first_sign_in()
    {
        var id = (await _people.Admin.Post("/api/users", new { subject = "later" })).Text("id");
        await _people.Admin.Put($"/api/users/{id}", new { status = "inactive" });

        Assert.That((await _people.SignInAs("later")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _people.Admin.Put($"/api/users/{id}", new { status = "active" })).Text("status"), Is.EqualTo("invited"));
        Assert.That((await _people.SignInAs("later")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Deletion_takes_all_that_hangs_on_the_person_and_says_so()
    {
        var id = (await _people.SignInAs("leaving")).Text("id");
        using var person = _people.As("leaving");
        var token = await person.Post("/api/tokens", new { name = "script" });
        using var script = _people.Gateway.As(token.Text("token")!);
        Assert.That((await script.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));

        Assert.That((await _people.Admin.Delete($"/api/users/{id}")).Status, Is.EqualTo(HttpStatusCode.NoContent));

        Assert.That((await script.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await person.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _people.Admin.Get($"/api/users/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _people.Admin.Delete($"/api/users/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(
            (await _people.Gateway.AuditOf("api_token"))[^1].Fields, Does.Contain(token.Text("id")!).And.Contain("person_deleted"));
        Assert.That((await _people.SignInAs("leaving")).Text("id"), Is.Not.EqualTo(id), "who comes again is somebody new");
    }

    [Test]
    public async Task A_list_goes_page_by_page_and_another_organization_sees_nobody()
    {
        foreach (var subject in new[] { "page-1", "page-2", "page-3" })
        {
            await _people.SignInAs(subject);
        }

        var page = await _people.Admin.Get("/api/users?page_size=2");
        var (_, stranger) = await _people.Gateway.CreateOrganization($"s-{Guid.NewGuid():N}"[..20]);
        var id = page.Body[0].GetProperty("id").GetString();

        Assert.That(page.Body.GetArrayLength(), Is.EqualTo(2));
        var next = page.Response.Headers.GetValues("X-Next-Cursor").Single();
        Assert.That((await _people.Admin.Get($"/api/users?page_size=2&cursor={next}")).Body[0].GetProperty("id").GetString(), Is.Not.EqualTo(id));
        Assert.That((await stranger.Get("/api/users")).Body.GetArrayLength(), Is.Zero);
        Assert.That((await stranger.Get($"/api/users/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await stranger.Put($"/api/users/{id}", new { status = "inactive" })).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await stranger.Delete($"/api/users/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _people.Admin.Get("/api/users?status=gone")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }
}
