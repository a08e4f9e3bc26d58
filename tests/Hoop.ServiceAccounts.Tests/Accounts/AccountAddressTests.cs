using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Accounts;

/// <summary>Whatever can be registered can be read, switched off and deleted.</summary>
public sealed class AccountAddressTests
{
    private const string Path = "/api/serviceaccounts";

    private AccountsGateway _accounts = null!;

    private HttpClient Admin => _accounts.Gateway.Operator;

    [OneTimeSetUp]
    public async Task Start() => _accounts = await AccountsGateway.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _accounts.DisposeAsync();

    [TestCase(@"CORP\svc-build")]
    [TestCase(".")]
    [TestCase("..")]
    [TestCase("a/..")]
    [TestCase("a/../b")]
    [TestCase("x/")]
    [TestCase("/x")]
    [TestCase("a//b")]
    [TestCase("https://app.example/")]
    [TestCase("a%2Fb")]
    [TestCase("a?b=c&d#e")]
    [TestCase("a b+c")]
    [TestCase("-dash")]
    [TestCase("ünï\U0001F600")]
    [TestCase("%00")]
    public async Task Every_subject_has_an_address(string subject) => await LivesAndDies(subject);

    [Test]
    public async Task Every_subject_that_is_accepted_has_an_address()
    {
        var texts = ArbMap.Default.GeneratorFor<NonEmptyString>().Select(text => text.Get).Sample(40, 60);
        var accepted = 0;
        foreach (var subject in texts.Concat(["a", "b/c"]).Distinct(StringComparer.Ordinal))
        {
            accepted += await LivesAndDies(subject) ? 1 : 0;
        }

        Assert.That(accepted, Is.GreaterThan(1));
    }

    [TestCase("one%2Ftwo", "one/two")]
    [TestCase("one%2ftwo%2Fthree", "one/two/three")]
    [TestCase("one/two%2Fthree", "one/two/three")]
    [TestCase("one%252Ftwo", "one%2Ftwo")]
    [TestCase("q%3F%2F%26", "q?/&")]
    public async Task An_encoded_slash_in_the_path_is_the_slash_of_the_subject(string path, string subject)
    {
        await _accounts.Create(subject);

        Assert.That((await Admin.Get($"{Path}/{path}")).Text("subject"), Is.EqualTo(subject));
        Assert.That((await Admin.Put($"{Path}/{path}", new { status = "inactive" })).Text("status"), Is.EqualTo("inactive"));
        Assert.That((await Admin.Delete($"{Path}/{path}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task The_list_is_selected_by_subject_and_issuer()
    {
        await _accounts.Create("selected");

        Assert.That((await Admin.Get($"{Path}?subject=selected")).Body.GetArrayLength(), Is.EqualTo(1));
        Assert.That(
            (await Admin.Get($"{Path}?subject=selected&issuer={Uri.EscapeDataString(_accounts.Provider.Issuer)}")).Body.GetArrayLength(),
            Is.EqualTo(1));
        Assert.That((await Admin.Get($"{Path}?subject=selected&issuer=https://other")).Body.GetArrayLength(), Is.Zero);
        Assert.That((await Admin.Get($"{Path}?subject=a%00b")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_call_without_a_subject_says_so_and_changes_nothing()
    {
        await _accounts.Create("stays");

        Assert.That((await Admin.Delete(Path)).Message, Does.StartWith("subject is required"));
        Assert.That((await Admin.Delete($"{Path}?subject=")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await Admin.Put(Path, new { status = "inactive" })).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await Admin.Delete($"{Path}?subjekt=stays")).Message, Does.Contain("did you mean subject?"));
        Assert.That((await Admin.Get($"{Path}/stays")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task One_subject_under_two_spellings_of_an_issuer_is_addressed_with_the_issuer()
    {
        const string earlier = "https://idp.example/earlier";
        await _accounts.Gateway.Execute(
            """
            INSERT INTO service_accounts.accounts (id, org_id, issuer, subject, status)
            VALUES ('b42b13d4-b61a-53c7-8318-c62788af4a2f', @Id, @earlier, 'my-client-id', 'active')
            """,
            new { Shared.DefaultOrganization.Id, earlier });
        var created = await _accounts.Create("my-client-id");

        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(created.Text("id"), Is.Not.EqualTo("b42b13d4-b61a-53c7-8318-c62788af4a2f"), "that one is taken");
        foreach (var path in new[] { $"{Path}/my-client-id", $"{Path}?subject=my-client-id" })
        {
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var named = $"{path}{separator}issuer={Uri.EscapeDataString(earlier)}";
            var ambiguous = await Admin.Put(path, new { status = "inactive" });
            Assert.That((ambiguous.Status, ambiguous.Code), Is.EqualTo((HttpStatusCode.Conflict, "ambiguous_subject")));
            Assert.That(ambiguous.Message, Does.Contain("?issuer="));
            Assert.That((await Admin.Delete(path)).Code, Is.EqualTo("ambiguous_subject"));
            Assert.That((await Admin.Put(named, new { status = "inactive" })).Text("issuer"), Is.EqualTo(earlier));
        }

        Assert.That((await Admin.Get($"{Path}/my-client-id")).Code, Is.EqualTo("ambiguous_subject"));
        Assert.That(
            (await Admin.Get($"{Path}/my-client-id?issuer={Uri.EscapeDataString(_accounts.Provider.Issuer)}")).Text("status"),
            Is.EqualTo("active"),
            "the other one is untouched");
        Assert.That(
            (await Admin.Delete($"{Path}/my-client-id?issuer={Uri.EscapeDataString(earlier)}")).Status,
            Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await Admin.Get($"{Path}/my-client-id")).Text("issuer"), Is.EqualTo(_accounts.Provider.Issuer));
    }

    private async Task<bool> LivesAndDies(string subject)
    {
        var created = await _accounts.Create(subject);
        if (created.Status != HttpStatusCode.Created)
        {
            Assert.That((int)created.Status, Is.InRange(400, 499), subject);
            return false;
        }

        var address = $"{Path}?subject={Uri.EscapeDataString(subject)}";
        Assert.That((await Admin.Get(address)).Body[0].GetProperty("subject").GetString(), Is.EqualTo(subject));
        Assert.That((await Admin.Put(address, new { status = "inactive" })).Text("status"), Is.EqualTo("inactive"), subject);
        Assert.That((await Admin.Delete(address)).Status, Is.EqualTo(HttpStatusCode.NoContent), subject);
        Assert.That((await Admin.Get(address)).Body.GetArrayLength(), Is.Zero, subject);
        return true;
    }
}
