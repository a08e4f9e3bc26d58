using System.Text;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Store;

/// <summary>
/// Each field of each write × what it is not made for. The answer is Vault's or a 400 that names the field; never a 5xx, and a refusal
/// leaves nothing behind.
/// </summary>
public sealed class BadInputTests : IdentityFixture
{
    private static readonly (string Path, string Good, string[] Texts, string[] Lists, string[] Pairs, string[] Flags)[] Writes =
    [
        ("/v1/identity/entity", """{"name": "bad-input"}""", ["id", "name", "owner", "expires_at"], ["policies"], ["metadata"], ["disabled"]),
        ("/v1/identity/entity-alias", """{"name": "bad-input", "mount_accessor": "ACC"}""",
            ["id", "name", "mount_accessor", "canonical_id", "entity_id", "owner", "expires_at"], [], ["custom_metadata"], []),
        ("/v1/identity/group", """{"name": "bad-input"}""", ["id", "name", "type"],
            ["policies", "member_entity_ids", "member_group_ids"], ["metadata"], []),
        ("/v1/identity/group-alias", """{"name": "bad-input", "mount_accessor": "ACC"}""",
            ["id", "name", "mount_accessor", "canonical_id"], [], [], []),
        ("/v1/identity/entity/merge", "{}", ["to_entity_id"], ["from_entity_ids", "conflicting_alias_ids_to_keep"], [], ["force"]),
        ("/v1/identity/entity/batch-delete", "{}", [], ["entity_ids"], [], []),
        ("/v1/identity/entity/tidy", "{}", ["days"], ["entity_ids"], [], ["delete"]),
        ("/v1/identity/lookup/entity", "{}", ["id", "name", "alias_id", "alias_name", "alias_mount_accessor"], [], [], []),
        ("/v1/identity/lookup/group", "{}", ["id", "name", "alias_id", "alias_name", "alias_mount_accessor"], [], [], []),
        ("/v1/sys/auth/bad-input", """{"type": "userpass"}""", ["type", "description"], [], ["config", "options"], ["local"]),
    ];

    private static readonly string Deep = string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40);

    private static readonly (string Name, string Json, bool Refused)[] Values =
    [
        ("object", """{"a": {"b": 1}}""", true),
        ("lone surrogate", "\"\\ud800\"", true),
        ("NUL", "\"a\\u0000b\"", true),
        ("NUL in a list", "[\"a\\u0000b\"]", true),
        ("NUL in a map", "{\"k\": \"a\\u0000b\"}", true),
        ("deep", Deep, true),
        ("number", "5", false),
        ("huge number", "1e400", false),
        ("flag", "true", false),
        ("null", "null", false),
        ("empty", "\"\"", false),
        ("empty list", "[]", false),
        ("empty map", "{}", false),
        ("list of lists", "[[1]]", true),
        ("list of null", "[null]", false),
        ("as much as a body holds", $"\"{new string('x', (1024 * 1024) - 4096)}\"", true),
        ("long", $"\"{new string('x', 70_000)}\"", false),
        ("blanks", "\"   \"", false),
        ("quote", "\"a'\\\";--\"", false),
    ];

    [TestCaseSource(nameof(Writes))]
    public async Task Nothing_that_a_field_is_given_makes_a_5xx_or_leaves_a_half(
        (string Path, string Good, string[] Texts, string[] Lists, string[] Pairs, string[] Flags) write)
    {
        var accessor = (await Admin.Get("/v1/sys/auth/token"))["data"].GetProperty("accessor").GetString()!;
        var good = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(
            write.Good.Replace("ACC", accessor, StringComparison.Ordinal))!;
        var fields = write.Texts.Concat(write.Lists).Concat(write.Pairs).Concat(write.Flags).ToArray();
        foreach (var field in fields.Append("unknown"))
        {
            foreach (var (name, json, refused) in Values)
            {
                var others = string.Concat(
                    good.Where(pair => pair.Key != field).Select(pair => $"\"{pair.Key}\": {pair.Value.GetRawText()}, "));
                await Check(write.Path, $"{{{others}\"{field}\": {json}}}", $"{field} = {name}", refused && field != "unknown" ? field : null);
            }

            await Check(write.Path, $$"""{"{{field}}": "a", "{{field}}": "b"}""", $"{field} twice", "");
        }
    }

    /// <param name="field">What a refusal names; empty when any is right, null when it need not be refused.</param>
    private async Task Check(string path, string body, string what, string? field)
    {
        var before = await Rows();
        var reply = await SendRaw(Admin, HttpMethod.Post, path, Encoding.UTF8.GetBytes(body), "application/json");
        var status = (int)reply.Status;
        var where = $"{path} {what}: {status} {(reply.Body.ValueKind == JsonValueKind.Undefined ? "" : reply.Body.ToString())}";
        where = where.Length > 600 ? where[..600] : where;
        Assert.That(status, Is.LessThan(500), where);
        if (status >= 400)
        {
            Assert.That(await Rows(), Is.EqualTo(before), where);
            Assert.That(ErrorsOf(reply), Has.Length.EqualTo(1), where);
        }

        // JSON that cannot be read has no field to name yet.
        if (field is { Length: > 0 } && status == 400)
        {
            Assert.That(
                ErrorsOf(reply)[0],
                Does.Contain(field).Or.StartsWith("failed to parse JSON input").Or.Contain("invalid").Or.Contain("must be").Or.Contain("missing")
                    .Or.Contain("empty").Or.Contain("not found").Or.Contain("length of key").Or.Contain("query parameter").Or.Contain("alias")
                    .Or.Contain("'canonical_id'"),
                where);
        }
        else if (field is not null)
        {
            Assert.That(status, Is.AnyOf(200, 204, 400, 413), where);
        }
    }

    private async Task<string> Rows() => string.Join(' ', await Gateway.Query<string>(
        """
        SELECT 'entities ' || count(*) || ' ' || coalesce(md5(string_agg(e::text, '' ORDER BY id)), '')
          FROM identity.entities e WHERE org_id = @OrgId
        UNION ALL SELECT 'aliases ' || count(*) || ' ' || coalesce(md5(string_agg(a::text, '' ORDER BY id)), '')
          FROM identity.entity_aliases a WHERE org_id = @OrgId
        UNION ALL SELECT 'groups ' || count(*) || ' ' || coalesce(md5(string_agg(g::text, '' ORDER BY id)), '')
          FROM identity.groups g WHERE org_id = @OrgId
        UNION ALL SELECT 'members ' || count(*) FROM identity.group_entities WHERE org_id = @OrgId
        UNION ALL SELECT 'trail ' || count(*) FROM identity.audit_events WHERE org_id = @OrgId
        """,
        new { OrgId }));
}
