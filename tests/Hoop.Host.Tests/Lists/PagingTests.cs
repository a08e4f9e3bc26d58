using System.Net;
using System.Text.Json;
using Hoop.Shared;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Lists;

/// <summary>Every list of /api goes by pages in the same way.</summary>
public sealed class PagingTests
{
    private static readonly string[] Before = ["page-b", "page-d", "page-f", "page-h", "page-j"];

    private TestGateway _gateway = null!;
    private HttpClient _stranger = null!;

    /// <summary>Its path, what names a row, its table, and how a row gets there.</summary>
    public sealed record List(string Path, string Key, string Table, string Columns, string Values, bool OfOperator = false)
    {
        public override string ToString() => Path;
    }

    private static readonly List[] Lists =
    [
        new("/api/agents", "name", "spiffe.agents", "id, org_id, name", "@id, @org, @name"),
        new("/api/connections", "name", "federation.connections", "id, org_id, name, type", "@id, @org, @name, 'custom'"),
        new("/api/trust-domains", "name", "spiffe.trust_domains", "id, org_id, name, bundle_url", "@id, @org, @name, 'https://a.test/'"),
        new("/api/serviceaccounts", "subject", "service_accounts.accounts", "id, org_id, issuer, subject, status",
            "@id, @org, 'https://issuer.test', @name, 'active'"),
        new("/api/api-tokens", "name", "identity.api_tokens", "id, org_id, name, token_hash", "@id, @org, @name, sha256(@name::bytea)"),
        new("/api/federation/principals", "principal", "federation.principal_owners", "org_id, principal, user_subject, user_email",
            "@org, @name, 'subject', 'owner@example.com'"),
        new("/api/orgs", "name", "identity.organizations", "id, name", "@id, @name", OfOperator: true),
        new("/api/trust-domain-names", "name", "spiffe.trust_domain_names", "org_id, name, given_by", "@org, @name, 'operator'",
            OfOperator: true),
    ];

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        (_, _stranger) = await _gateway.CreateOrganization("stranger");
    }

    [OneTimeTearDown]
    public Task Stop() => _gateway.DisposeAsync().AsTask();

    [TestCaseSource(nameof(Lists))]
    public async Task Pages_join_to_the_whole_while_rows_come_and_go(List list)
    {
        await Fill(list);
        var whole = Keys(list, await _gateway.Operator.Get(list.Path));
        Assert.That(await Walk(list, 2), Is.EqualTo(whole));
        Assert.That(await Walk(list, 1), Is.EqualTo(whole));

        // The last row of a page goes, one comes behind the reader and one before it: nothing is met twice, and nothing that stays is
        // missed.
        var seen = await Walk(list, 1, async key =>
        {
            if (key == "page-d")
            {
                await Delete(list, "page-d");
                await Insert(list, "page-a");
                await Insert(list, "page-i");
            }
        });
        Assert.That(seen, Is.Unique.And.EquivalentTo(whole.Append("page-i")));
    }

    [TestCaseSource(nameof(Lists))]
    public async Task A_cursor_of_another_list_or_organization_is_refused(List list)
    {
        await Fill(list);
        var cursor = Cursor(await _gateway.Operator.Get($"{list.Path}?page_size=1"));
        foreach (var other in Lists.Where(other => other != list))
        {
            await Refused(_gateway.Operator, $"{other.Path}?cursor={cursor}");
        }

        await Refused(_gateway.Operator, $"{list.Path}?cursor=");
        await Refused(_gateway.Operator, $"{list.Path}?cursor=%01");
        await Refused(_gateway.Operator, $"{list.Path}?cursor={new string('A', 5000)}");
        await Refused(_gateway.Operator, $"{list.Path}?cursor={cursor}A");
        if (!list.OfOperator)
        {
            await Refused(_stranger, $"{list.Path}?page_size=1&cursor={cursor}");
        }
    }

    [TestCaseSource(nameof(Lists))]
    public async Task A_page_that_was_asked_for_in_capitals_leads_on_as_well(List list)
    {
        await Fill(list);
        var whole = Keys(list, await _gateway.Operator.Get(list.Path));
        var cursor = Cursor(await _gateway.Operator.Get($"{list.Path}?page_size=1"));

        var second = await _gateway.Operator.Get($"{list.Path}?Page_Size=1&Cursor={cursor}");
        var third = await _gateway.Operator.Get(Next(second)!);

        Assert.That(Keys(list, second).Concat(Keys(list, third)), Is.EqualTo(whole.Skip(1).Take(2)));
    }

    [TestCaseSource(nameof(Lists))]
    public async Task A_page_has_one_to_a_thousand_rows(List list)
    {
        foreach (var size in new[] { "0", "-1", "1001", "x", "99999999999" })
        {
            Assert.That((await _gateway.Operator.Get($"{list.Path}?page_size={size}")).Status, Is.EqualTo(HttpStatusCode.BadRequest), size);
        }

        Assert.That((await _gateway.Operator.Get($"{list.Path}?page_size=1000")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _gateway.Operator.Get($"{list.Path}?page=2")).Code, Is.EqualTo("unknown_parameter"));
    }

    [Test]
    public async Task A_cursor_belongs_to_its_filter()
    {
        await Fill(Lists[0]);
        await Fill(Lists[3]);
        var agents = Cursor(await _gateway.Operator.Get("/api/agents?page_size=1&status=DISCONNECTED"));
        var accounts = Cursor(await _gateway.Operator.Get("/api/serviceaccounts?page_size=1"));

        await Refused(_gateway.Operator, $"/api/agents?page_size=1&cursor={agents}");
        await Refused(_gateway.Operator, $"/api/serviceaccounts?page_size=1&subject=page-b&cursor={accounts}");
    }

    [TestCaseSource(nameof(Lists))]
    public async Task The_API_page_tells_of_it(List list)
    {
        var paths = (await _gateway.Anonymous.Get("/openapi/v1.json")).Body.GetProperty("paths");
        var told = paths.GetProperty(list.Path).GetProperty("get").GetProperty("parameters").EnumerateArray().ToDictionary(
            parameter => parameter.GetProperty("name").GetString()!, parameter => parameter.GetProperty("description").GetString());
        Assert.That(told["page_size"], Does.Contain("up to 10,000 rows"));
        Assert.That(told["cursor"], Does.StartWith("Of the page before"));
    }

    private static async Task Refused(HttpClient client, string path)
    {
        var reply = await client.Get(path);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest), path);
        Assert.That(reply.Message, Is.EqualTo("cursor: not one that this list gave; start again without it"), path);
    }

    private async Task<List<string?>> Walk(List list, int size, Func<string?, Task>? met = null)
    {
        var seen = new List<string?>();
        for (string? next = $"{list.Path}?page_size={size}"; next is not null;)
        {
            var reply = await _gateway.Operator.Get(next);
            var keys = Keys(list, reply);
            Assert.That(keys, Has.Count.InRange(1, size));
            seen.AddRange(keys);
            await (met?.Invoke(keys[^1]) ?? Task.CompletedTask);
            next = Next(reply);
        }

        return seen;
    }

    private static List<string?> Keys(List list, Reply reply)
    {
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(reply.Body.ValueKind, Is.EqualTo(JsonValueKind.Array));
        return [.. reply.Body.EnumerateArray().Select(row => row.GetProperty(list.Key).GetString())];
    }

    private static string? Next(Reply reply) =>
        reply.Response.Headers.TryGetValues("Link", out var link) ? link.Single().Split('<', '>')[1] : null;

    private static string Cursor(Reply reply) => reply.Response.Headers.GetValues("X-Next-Cursor").Single();

    private async Task Fill(List list)
    {
        await _gateway.Execute($"DELETE FROM {list.Table} WHERE {list.Key} LIKE 'page-%'");
        foreach (var name in Before)
        {
            await Insert(list, name);
        }
    }

    private Task<int> Insert(List list, string name) => _gateway.Execute(
        $"INSERT INTO {list.Table} ({list.Columns}) VALUES ({list.Values})",
        new { id = Guid.NewGuid(), org = DefaultOrganization.Id, name });

    private Task<int> Delete(List list, string name) =>
        _gateway.Execute($"DELETE FROM {list.Table} WHERE {list.Key} = @name", new { name });
}
