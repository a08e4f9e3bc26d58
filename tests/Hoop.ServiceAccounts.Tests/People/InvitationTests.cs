using System.Net;
using Hoop.ServiceAccounts.Issuers;
using Hoop.Shared.Configuration;
using Hoop.Testing;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.People;

/// <summary>HOOP_OIDC_SIGN_IN=invited: an admin names the subject first.</summary>
public sealed class InvitationTests
{
    [Test]
    public async Task Only_who_is_invited_comes_in_and_by_subject_alone()
    {
        await using var people = await PeopleGateway.Start(("HOOP_OIDC_SIGN_IN", "invited"));
        var early = await people.SignInAs("jane", email: "jane@example.com");
        var invited = await people.Admin.Post("/api/users", new { subject = "jane", name = "jane@example.com", groups = new[] { "auditor" } });
        var other = await people.SignInAs("not-jane", email: "jane@example.com", claims: ("name", "jane@example.com"));
        using var before = people.As("jane");
        var notYet = await before.Get("/api/userinfo");
        var signedIn = await people.SignInAs("jane", email: "jane@example.com");
        var me = await people.As("jane").Get("/api/userinfo");

        Assert.That(invited.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(invited.Text("status"), Is.EqualTo("invited"));
        Assert.That(new[] { early.Status, other.Status, notYet.Status }, Is.All.EqualTo(HttpStatusCode.Unauthorized), "A8");
        Assert.That((signedIn.Status, signedIn.Text("id")), Is.EqualTo((HttpStatusCode.OK, invited.Text("id"))));
        Assert.That((me.Status, me.Text("role")), Is.EqualTo((HttpStatusCode.OK, "auditor")));
        Assert.That(
            people.Gateway.Logs.Lines,
            Has.Some.Contains("not_invited").And.Contains("\"jane\"").And.Contains("hoop admin create user"), "the operator learns whom to invite");
        Assert.That((await people.Admin.Post("/api/users", new { subject = "jane" })).Status, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [TestCase("""{}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"subject": "a\u0007b"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"subject": "a", "issuer": "idp.example"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"subject": "a", "issuer": "https://idp.example#x"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"subject": "a", "groups": ["x", "x"]}""", HttpStatusCode.UnprocessableEntity)]
    public async Task An_invitation_that_cannot_be_meant_is_refused(string body, HttpStatusCode status)
    {
        await using var people = await PeopleGateway.Start();

        Assert.That((await people.Admin.Post("/api/users", body)).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task An_organization_without_an_issuer_must_name_one()
    {
        await using var people = await PeopleGateway.Start();
        var (_, admin) = await people.Gateway.CreateOrganization("elsewhere");

        var unnamed = await admin.Post("/api/users", new { subject = "jane" });

        Assert.That((unnamed.Status, unnamed.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "no_issuer")));
    }

    [TestCase("https://accounts.google.com", null, null, true)]
    [TestCase("https://accounts.google.com", null, "example.com", false)]
    [TestCase("https://login.microsoftonline.com/common/v2.0", null, null, true)]
    [TestCase("https://idp.example.com", null, null, false)]
    [TestCase("https://idp.example.com", "invited", null, true)]
    public void An_issuer_where_everybody_has_an_account_lets_in_the_invited_alone(
        string issuer, string? mode, string? domain, bool invited) =>
        Assert.That(Options(issuer, mode, domain).OnlyInvited, Is.EqualTo(invited));

    [Test]
    public void And_cannot_be_opened() =>
        Assert.That(
            () => Options("https://accounts.google.com", "open", domain: null),
            Throws.InstanceOf<ConfigurationException>().With.Message.Contains("HOOP_OIDC_HOSTED_DOMAIN"));

    [Test]
    public void Google_is_asked_for_a_refresh_token_its_own_way()
    {
        var options = Options("https://accounts.google.com", mode: null, domain: null);

        Assert.That(options.Parameters, Is.EqualTo(new Dictionary<string, string> { ["access_type"] = "offline", ["prompt"] = "consent" }));
        Assert.That(options.Scopes, Has.None.EqualTo("offline_access"));
    }

    [TestCase("state=x")]
    [TestCase("redirect_uri=https://evil.example")]
    [TestCase("audience")]
    public void A_parameter_that_would_undo_the_sign_in_stops_the_start(string parameters) =>
        Assert.That(
            () => Options("https://idp.example.com", null, null, ("HOOP_OIDC_LOGIN_PARAMETERS", parameters)),
            Throws.InstanceOf<ConfigurationException>());

    [Test]
    public async Task A_token_without_the_hosted_domain_signs_nobody_in()
    {
        await using var people = await PeopleGateway.Start(("HOOP_OIDC_HOSTED_DOMAIN", "example.com"));

        Assert.That((await people.SignInAs("a")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await people.SignInAs("a", claims: ("hd", "example.com.evil"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await people.SignInAs("a", claims: ("hd", "example.com"))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    private static SignInOptions Options(string issuer, string? mode, string? domain, params (string Name, string Value)[] more)
    {
        var values = new Dictionary<string, string?>
        {
            ["HOOP_OIDC_ISSUER"] = issuer,
            ["HOOP_OIDC_AUDIENCE"] = "hoop",
            ["HOOP_OIDC_CLIENT_ID"] = "cli",
            ["HOOP_OIDC_SIGN_IN"] = mode,
            ["HOOP_OIDC_HOSTED_DOMAIN"] = domain,
        };
        foreach (var (name, value) in more)
        {
            values[name] = value;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        return SignInOptions.From(configuration, issuer);
    }
}
