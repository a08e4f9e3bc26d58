using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.Store;

/// <summary>What the kinds of the identity store have in common: Vault's addresses and answers, under /v1.</summary>
/// <param name="Type">As it is typed.</param>
/// <param name="Path">Of the kind, such as <c>identity/entity</c>, behind <c>/v1/</c>.</param>
internal sealed record StoreKind(string Type, string Path)
{
    /// <summary>By id with what the gateway says of each; by name where the kind has no ids.</summary>
    private string ListPath => HasIds ? $"{Path}/id?list=true" : $"{Path}?list=true";

    public bool HasIds { get; init; } = true;

    /// <summary>False for aliases, which are named by their id alone.</summary>
    public bool HasNames { get; init; } = true;

    public Listing Listing(Func<IReadOnlyList<JsonElement>, Table> table) => new(
        Type,
        (hoop, query, stop) => hoop.V1.Send(
            HttpMethod.Get,
            ListPath + string.Concat(query.Said.Select(one => $"&{one.Key}={Uri.EscapeDataString(one.Value)}")),
            cancellationToken: stop),
        rows => Task.FromResult(table(rows)))
    {
        Key = HasNames ? "name" : "id",
        EmptyIsMissing = true,
        Paging = ["after", "limit"],
        One = (hoop, name, _, stop) => hoop.V1.Send(HttpMethod.Get, AddressOf(name), cancellationToken: stop),
        Rows = RowsOf,
        RowOf = answer => answer.Object.Member("data") ?? throw new CliFailure($"{answer.Address} did not answer with data"),
    };

    public string AddressOf(string nameOrId) =>
        !HasIds ? $"{Path}/{Segment(nameOrId)}"
        : !HasNames || Guid.TryParseExact(nameOrId, "D", out _) ? $"{Path}/id/{Segment(nameOrId)}"
        : $"{Path}/name/{Segment(nameOrId)}";

    private static string Segment(string name) => Uri.EscapeDataString(Api.Name(name));

    /// <summary>What a name or id leads to; null when there is none.</summary>
    public async Task<JsonElement?> Find(Call call, string nameOrId) =>
        await call.Api.V1(HttpMethod.Get, AddressOf(nameOrId), call.Stop) is { Status: not HttpStatusCode.NotFound } answer
            ? answer.OrFail().Object.Member("data")
            : null;

    /// <summary>Writes to the kind as a whole, or to one of it.</summary>
    public static async Task<Answer> Write(Call call, string path, JsonObject body) =>
        (await call.Api.V1(HttpMethod.Post, path, call.Stop, body)).OrFail();

    public async Task<Answer> Delete(Call call, string nameOrId) =>
        (await call.Api.V1(HttpMethod.Delete, AddressOf(nameOrId), call.Stop)).OrFail();

    /// <summary>The id that a name leads to.</summary>
    public async Task<string> IdOf(Call call, string nameOrId) =>
        Guid.TryParseExact(nameOrId, "D", out _) ? nameOrId
            : (await Find(call, nameOrId))?.Text("id") ?? throw ResourceList.Missing(Type, nameOrId);

    private static IReadOnlyList<JsonElement> RowsOf(Answer answer)
    {
        var data = answer.Object.Member("data") ?? default;
        var infos = data.Members("key_info").ToDictionary(info => info.Name, info => info.Value, StringComparer.Ordinal);
        return [.. data.Texts("keys").Select(key => Row(key, infos.GetValueOrDefault(key)))];
    }

    private static JsonElement Row(string key, JsonElement info)
    {
        if (info.ValueKind != JsonValueKind.Object)
        {
            return JsonElement.Parse(new JsonObject { ["name"] = key }.ToJsonString());
        }

        var row = new JsonObject { ["id"] = key };
        foreach (var member in info.EnumerateObject().Where(member => member.Name != "id"))
        {
            row[member.Name] = JsonNode.Parse(member.Value.GetRawText());
        }

        return JsonElement.Parse(row.ToJsonString());
    }
}

/// <summary><c>get</c> and <c>delete</c> of each kind of the identity store.</summary>
internal static class StoreCommands
{
    public static readonly StoreKind Entity = new("entity", "identity/entity");
    public static readonly StoreKind Alias = new("entity-alias", "identity/entity-alias") { HasNames = false };
    public static readonly StoreKind Group = new("group", "identity/group");
    public static readonly StoreKind GroupAlias = new("group-alias", "identity/group-alias") { HasNames = false };
    public static readonly StoreKind Policy = new("policy", "sys/policies/acl") { HasIds = false };

    public static IEnumerable<Command> Gets() =>
    [
        Get(Entity, "entities", "Entities of the identity store", Entities, "hoop admin get entities\nhoop admin get entity jane -o json"),
        Get(Alias, "entity-aliases", "Which credentials are one entity", Aliases, "hoop admin get entity-aliases"),
        Get(Group, "groups", "Groups of the identity store", Groups, "hoop admin get groups\nhoop admin describe group ops"),
        Get(GroupAlias, "group-aliases", "Groups of a provider that are groups of the store", Aliases, "hoop admin get group-aliases"),
        Get(Policy, "policies", "ACL policies", Names, "hoop admin get policies\nhoop admin get policy readers -o yaml"),
        new Verb("mounts", "Auth mounts: what vouches for the names of entities", "mount").With("""
            hoop admin get mounts
            """).Showing(Formats.All).For("GET /v1/sys/auth").Does(call => call.Show(
                new Listing(
                    "mount",
                    (hoop, _, stop) => hoop.V1.Send(HttpMethod.Get, "sys/auth", cancellationToken: stop),
                    rows => Task.FromResult(Mounts(rows)))
                {
                    Key = "path",
                    Paging = [],
                    Rows = answer => [.. answer.Object.Members("data").Select(mount => WithPath(mount.Name, mount.Value))],
                },
                name: null)),
    ];

    public static IEnumerable<Command> Deletes() =>
    [
        Delete(Entity, "Delete an entity with its aliases", "hoop admin delete entity jane"),
        Delete(Alias, "Take a credential away from its entity", "hoop admin delete entity-alias 018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f"),
        Delete(Group, "Delete a group; its members stay", "hoop admin delete group ops"),
        Delete(GroupAlias, "Delete the alias of an external group", "hoop admin delete group-alias 018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f"),
        Delete(Policy, "Delete an ACL policy; who had it has less from then on", "hoop admin delete policy readers"),
    ];

    private static Verb Get(
        StoreKind kind, string plural, string description, Func<IReadOnlyList<JsonElement>, Table> table, string examples)
    {
        var name = ResourceList.OptionalName(kind.HasNames ? "Name or id of one" : "Id of one");
        var one = kind.HasIds ? $"GET /v1/{kind.Path}/id/{{id:vault_id}}" : $"GET /v1/{kind.Path}/{{**name:minlength(1)}}";
        return new Verb(plural, description, kind.Type) { name }.With(examples).Showing(Formats.All)
            .For(kind.HasIds ? $"GET /v1/{kind.Path}/id" : $"GET /v1/{kind.Path}", one)
            .Does(call => call.Show(kind.Listing(table), call.Value(name)));
    }

    private static Verb Delete(StoreKind kind, string description, string example)
    {
        var name = ResourceList.Name(kind.Type, description: kind.HasNames ? "Name or id" : "Id");
        var route = kind.HasIds ? $"DELETE /v1/{kind.Path}/id/{{id:vault_id}}" : $"DELETE /v1/{kind.Path}/{{**name:minlength(1)}}";
        return new Verb(kind.Type, description) { name }.With(example).Showing(Formats.Named).For(route).Does(async call =>
        {
            var wanted = call.Value(name)!;
            _ = await kind.Find(call, wanted) ?? throw ResourceList.Missing(kind.Type, wanted);
            call.Done(await kind.Delete(call, wanted), kind.Type, wanted, "deleted");
        });
    }

    private static JsonElement WithPath(string path, JsonElement mount)
    {
        var row = new JsonObject { ["path"] = path };
        foreach (var member in mount.ValueKind == JsonValueKind.Object ? mount.EnumerateObject().ToArray() : [])
        {
            row[member.Name] = JsonNode.Parse(member.Value.GetRawText());
        }

        return JsonElement.Parse(row.ToJsonString());
    }

    private static Table Entities(IReadOnlyList<JsonElement> rows)
    {
        var table = new Table("ID", "NAME", "DISABLED", "ALIASES");
        foreach (var row in rows)
        {
            var aliases = row.Member("aliases") is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().ToArray() : [];
            table.Add(row.Text("id"), row.Text("name"), row.Text("disabled"), string.Join(", ", aliases.Select(alias => alias.Text("name"))));
        }

        return table;
    }

    private static Table Aliases(IReadOnlyList<JsonElement> rows)
    {
        var table = new Table("ID", "NAME", "MOUNT_PATH", "CANONICAL_ID");
        foreach (var row in rows)
        {
            table.Add(row.Text("id"), row.Text("name"), row.Text("mount_path"), row.Text("canonical_id"));
        }

        return table;
    }

    private static Table Groups(IReadOnlyList<JsonElement> rows)
    {
        var table = new Table("ID", "NAME", "ENTITIES", "PARENTS");
        foreach (var row in rows)
        {
            table.Add(
                row.Text("id"),
                row.Text("name"),
                row.Text("num_member_entities") ?? Count(row, "member_entity_ids"),
                row.Text("num_parent_groups") ?? Count(row, "parent_group_ids"));
        }

        return table;

        static string Count(JsonElement row, string member) =>
            row.Texts(member).Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Table Names(IReadOnlyList<JsonElement> rows)
    {
        var table = new Table("NAME");
        foreach (var row in rows)
        {
            table.Add(row.Text("name"));
        }

        return table;
    }

    private static Table Mounts(IReadOnlyList<JsonElement> rows)
    {
        var table = new Table("PATH", "TYPE", "ACCESSOR", "DESCRIPTION");
        foreach (var row in rows)
        {
            table.Add(row.Text("path"), row.Text("type"), row.Text("accessor"), row.Text("description"));
        }

        return table;
    }
}
