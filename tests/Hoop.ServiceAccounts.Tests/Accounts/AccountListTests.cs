using System.Net;
using Hoop.ServiceAccounts.Tests.Issuers;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Accounts;

/// <summary>Lists of accounts and issuers, page by page, and what their filters refuse.</summary>
public sealed class AccountListTests
{
    private const string First = "https://first.example";
    private const string Second = "https://second.example";

    private IssuersGateway _issuers = null!;

    private HttpClient Operator => _issuers.Gateway.Operator;

    [OneTimeSetUp]
    public async Task Start()
    {
        _issuers = await IssuersGateway.Start();
        await _issuers.Trust(new { issuer = First, audiences = new[] { "a" } });
        await _issuers.Trust(new { issuer = Second, audiences = new[] { "b" } });
        foreach (var subject in new[] { "a", "b", "c", "B", "a/b", "é", "a" })
        {
            await Operator.Post("/api/serviceaccounts", new { issuer = First, subject, status = "active" });
            await Operator.Post("/api/serviceaccounts", new { issuer = Second, subject, status = "inactive" });
        }
    }

    [OneTimeTearDown]
    public async Task Stop() => await _issuers.DisposeAsync();

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    [TestCase(100)]
    public async Task Pages_of_every_size_hold_each_account_once_in_the_order_of_bytes(int size)
    {
        var (seen, cursor) = (new List<string>(), "");
        do
        {
            var page = await Operator.Get($"/api/serviceaccounts?page_size={size}{cursor}");
            Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK), page.Message);
            Assert.That(page.Body.GetArrayLength(), Is.InRange(1, size));
            seen.AddRange(page.Body.EnumerateArray().Select(
                one => $"{one.GetProperty("subject").GetString()} {one.GetProperty("issuer").GetString()}"));
            cursor = page.Response.Headers.TryGetValues("X-Next-Cursor", out var next)
                ? $"&cursor={Uri.EscapeDataString(next.First())}"
                : "";
        }
        while (cursor.Length > 0);

        Assert.That(seen, Has.Count.EqualTo(12));
        Assert.That(seen, Is.Unique);
        Assert.That(
            seen.Where((_, i) => i % 2 == 0).Select(one => one.Split(' ')[0]), Is.EqualTo(new[] { "B", "a", "a/b", "b", "c", "é" }));
        Assert.That(seen.Where((_, i) => i % 2 == 1).Select(one => one.Split(' ')[1]), Is.All.EqualTo(Second));
    }

    [TestCase("subject=a", 2)]
    [TestCase("subject=A", 0)]
    [TestCase("subject=a%2Fb", 2)]
    [TestCase("issuer=https://first.example", 6)]
    [TestCase("issuer=https://first.example/", 0)]
    [TestCase("issuer=https://second.example&subject=b", 1)]
    public async Task A_filter_is_exact(string query, int count) =>
        Assert.That((await Operator.Get($"/api/serviceaccounts?{query}")).Body.GetArrayLength(), Is.EqualTo(count));

    [TestCase("subject=%00")]
    [TestCase("issuer=%00")]
    [TestCase("status=active")]
    [TestCase("page_size=0")]
    [TestCase("cursor=nonsense")]
    public async Task What_is_no_filter_is_told_and_is_no_500(string query)
    {
        var reply = await Operator.Get($"/api/serviceaccounts?{query}");

        Assert.That((int)reply.Status, Is.AnyOf(400, 422), reply.Body.GetRawText());
        Assert.That(reply.Message, Is.Not.Empty);
    }

    [Test]
    public async Task A_subject_of_two_issuers_is_never_guessed()
    {
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete })
        {
            var reply = await Operator.Send(
                method, "/api/serviceaccounts/c", method == HttpMethod.Put ? new { status = "inactive" } : null);
            Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.Conflict, "ambiguous_subject")), method.Method);
        }

        var changed = await Operator.Put($"/api/serviceaccounts/c?issuer={Uri.EscapeDataString(First)}", new { status = "inactive" });
        Assert.That(changed.Status, Is.EqualTo(HttpStatusCode.OK));
        var read = await Operator.Get($"/api/serviceaccounts/c?issuer={Uri.EscapeDataString(First)}");
        Assert.That(read.Text("status"), Is.EqualTo("inactive"));
    }

    [Test]
    public async Task An_account_of_one_issuer_is_not_opened_by_a_token_of_the_other()
    {
        string Token(string issuer, string audience) => _issuers.Mint(
            $$"""{"iss":"{{issuer}}","aud":"{{audience}}","sub":"b","client_id":"b"}""");

        Assert.That(await _issuers.Ask(Token(First, "a")), Is.EqualTo(200));
        Assert.That(await _issuers.Ask(Token(Second, "b")), Is.EqualTo(401), "it is inactive");
        Assert.That(await _issuers.Ask(Token(First, "b")), Is.EqualTo(401), "the other's audience");
    }

    [Test]
    public async Task Issuers_are_listed_with_the_state_of_their_keys()
    {
        var list = (await Operator.Get("/api/issuers")).Body;

        Assert.That(list.EnumerateArray().Select(one => one.GetProperty("issuer").GetString()), Is.EquivalentTo(new[] { First, Second }));
        Assert.That(
            list.EnumerateArray().Select(one => one.GetProperty("keys").GetProperty("state").GetString()), Is.All.EqualTo("current"));
    }
}
