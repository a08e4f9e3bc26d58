using System.Text;
using Hoop.Identity.Tests.Vault;
using Hoop.Shared.Http;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Store;

/// <summary>
/// Every declared field of every write below <c>/v1</c> × what it is not made for: a refusal names the field and leaves nothing behind,
/// and there is no 5xx. What a new route declares is covered by itself.
/// </summary>
public sealed class GeneratedBadInputTests : IdentityFixture
{
    private static readonly string Deep = string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40);

    /// <summary>No field takes these.</summary>
    private static readonly string[] Never =
        ["\"\\ud800\"", "\"a\\u0000b\"", "[\"a\\u0000b\"]", "{\"k\": \"a\\u0000b\"}", Deep, "{\"a\": {\"b\": 1}}", "[[1]]"];

    /// <summary>Some take these; whatever they make of them, they do not break.</summary>
    private static readonly string[] Odd =
    [
        "5", "-5", "1e400", "true", "null", "\"\"", "\"   \"", "[]", "{}", "[null]", "{\"a\": null}", "\"a'\\\";--\"", "\"../..\"",
        "\"\\u202e\"",
        "9223372036854775808", $"\"{new string('x', 70_000)}\"", $"\"{new string('x', 1024 * 1024)}\"",
    ];

    [Test]
    public async Task No_field_of_no_write_breaks()
    {
        var writes = VaultRoute.All(Gateway).Where(route => route.Fields is not null && route.Methods.Contains("POST")).ToList();
        Assert.That(writes, Has.Count.GreaterThan(30));
        var wrong = new List<string>();
        foreach (var route in writes)
        {
            var plain = TextOf(await Send(route, "{}"));
            foreach (var field in route.Fields!.All.Where(field => !route.Pattern.Contains($"{{{field.Name}", StringComparison.Ordinal)
                && !route.Pattern.Contains($"{{**{field.Name}", StringComparison.Ordinal)))
            {
                await Refuse(route, field, plain, wrong);
                foreach (var value in Odd)
                {
                    var reply = await Send(route, $$"""{"{{field.Name}}": {{value}}}""");
                    Note((int)reply.Status >= 500, route, field, value, reply, wrong);
                }
            }

            var unknown = await Send(route, $$"""{"nobody_knows_it": {{Odd[^1]}}}""");
            Note((int)unknown.Status >= 500, route, route.Fields.All.First(), "unknown", unknown, wrong);
        }

        Assert.That(wrong, Is.Empty, string.Join('\n', wrong.Take(60)));
        Assert.That(Gateway.Logs.Lines.Where(line => line.Contains("Unhandled exception", StringComparison.Ordinal)), Is.Empty);
    }

    private async Task Refuse(VaultRoute route, VaultField field, string plain, List<string> wrong)
    {
        var before = await Rows();
        foreach (var value in Never.Append($"1, \"{field.Name}\": 2"))
        {
            var reply = await Send(route, $$"""{"{{field.Name}}": {{value}}}""");
            var text = TextOf(reply);
            var named = text.Contains(field.Name, StringComparison.Ordinal)
                || text.Contains("failed to parse JSON", StringComparison.Ordinal);

            // What is missing may be told first.
            Note((int)reply.Status is < 400 or >= 500 || !(named || text == plain), route, field, value, reply, wrong);
        }

        if (await Rows() != before)
        {
            wrong.Add($"{route} {field.Name}: a refusal left something behind");
        }
    }

    private static void Note(bool isWrong, VaultRoute route, VaultField field, string value, Reply reply, List<string> wrong)
    {
        if (isWrong)
        {
            wrong.Add($"{route} {field.Name} = {(value.Length > 40 ? value[..40] : value)}: {(int)reply.Status} {Shorten(TextOf(reply))}");
        }
    }

    private Task<Reply> Send(VaultRoute route, string body) =>
        SendRaw(Admin, HttpMethod.Post, route.Path, Encoding.UTF8.GetBytes(body), "application/json");

    private static string TextOf(Reply reply) =>
        reply.Body.ValueKind == System.Text.Json.JsonValueKind.Undefined ? "" : reply.Body.ToString();

    private static string Shorten(string text) => text.Length > 200 ? text[..200] : text;

    private async Task<string> Rows() => string.Join(' ', await Gateway.Query<string>(
        """
        SELECT 'entities ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, '' ORDER BY id)), '') FROM identity.entities t
        UNION ALL SELECT 'aliases ' || count(*) || coalesce(md5(string_agg(t::text, '' ORDER BY id)), '') FROM identity.entity_aliases t
        UNION ALL SELECT 'groups ' || count(*) || coalesce(md5(string_agg(t::text, '' ORDER BY id)), '') FROM identity.groups t
        UNION ALL SELECT 'group aliases ' || count(*) FROM identity.group_aliases
        UNION ALL SELECT 'members ' || count(*) FROM identity.group_entities
        UNION ALL SELECT 'mounts ' || count(*) || coalesce(md5(string_agg(t::text, '' ORDER BY accessor)), '') FROM identity.mounts t
        UNION ALL SELECT 'policies ' || count(*) || coalesce(md5(string_agg(t::text, '' ORDER BY name)), '') FROM identity.acl_policies t
        UNION ALL SELECT 'roles ' || count(*) || coalesce(md5(string_agg(t::text, '' ORDER BY name)), '') FROM identity.token_roles t
        UNION ALL SELECT 'tokens ' || count(*) FROM identity.tokens
        UNION ALL SELECT 'trail ' || count(*) FROM identity.audit_events WHERE action <> 'sign_in'
        """));
}
