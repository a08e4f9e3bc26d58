using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Store;

/// <summary>
/// <c>create</c> and <c>update</c> of what the identity store holds. Vault's own calls write both ways; these do what they say.
/// </summary>
internal static class StoreWrites
{
    public static IEnumerable<Command> Creates() =>
    [
        Entity(isUpdate: false), Alias(), Group(isUpdate: false), Policy(isUpdate: false),
    ];

    public static IEnumerable<Command> Updates() => [Entity(isUpdate: true), Group(isUpdate: true), Policy(isUpdate: true)];

    private static Verb Entity(bool isUpdate)
    {
        var name = ResourceList.Name("entity", description: isUpdate ? "Name or id of the entity" : "Its name");
        var policies = Words("--policies", "Policies, separated by commas; repeatable");
        var metadata = Pairs();
        var owner = new Option<string?>("--owner") { Description = "Who answers for it", HelpName = "WHO" };
        var expires = new Option<string?>("--expires-at") { Description = "When it is refused, such as 2027-01-31T00:00:00Z", HelpName = "TIME" };
        var disable = new Option<bool>("--disable") { Description = "Refuse whatever is this entity" };
        var enable = new Option<bool>("--enable") { Description = "Let it in again" };
        var verb = new Verb("entity", isUpdate ? "Change an entity; what is not named stays" : "Make an entity", "entities")
        {
            name, policies, metadata, owner, expires, disable,
        };
        if (isUpdate)
        {
            verb.Options.Add(enable);
        }

        return verb.With(isUpdate ? "hoop admin update entity jane --policies readers,writers" : "hoop admin create entity jane --policies readers")
            .Showing(Formats.Named).For("POST /v1/identity/entity")
            .Does(call =>
            {
                var body = Body(call, policies, metadata);
                Set(body, "owner", call.Value(owner));
                Set(body, "expires_at", call.Value(expires));
                if (call.Value(disable) || (isUpdate && call.Value(enable)))
                {
                    body["disabled"] = call.Value(disable);
                }

                return Write(call, StoreCommands.Entity, call.Value(name)!, body, isUpdate);
            });
    }

    private static Verb Group(bool isUpdate)
    {
        var name = ResourceList.Name("group", description: isUpdate ? "Name or id of the group" : "Its name");
        var policies = Words("--policies", "What all members may do, separated by commas; repeatable");
        var entities = Words("--entities", "Its member entities by name or id, separated by commas; repeatable");
        var groups = Words("--groups", "Its member groups by name or id, separated by commas; repeatable");
        var metadata = Pairs();
        return new Verb("group", isUpdate ? "Change a group; what is not named stays" : "Make a group of entities and groups")
        {
            name, policies, entities, groups, metadata,
        }.With(isUpdate ? "hoop admin update group ops --entities jane,joe" : "hoop admin create group ops --policies readers --entities jane")
            .Showing(Formats.Named).For("POST /v1/identity/group")
            .Does(async call =>
            {
                var body = Body(call, policies, metadata);
                if (call.Has(entities))
                {
                    body["member_entity_ids"] = await Ids(call, StoreCommands.Entity, entities);
                }

                if (call.Has(groups))
                {
                    body["member_group_ids"] = await Ids(call, StoreCommands.Group, groups);
                }

                await Write(call, StoreCommands.Group, call.Value(name)!, body, isUpdate);
            });
    }

    private static Verb Alias()
    {
        var name = ResourceList.Name("alias", description: "As the mount names whoever signs in");
        var entity = new Option<string>("--entity") { Description = "Whose it is: name or id of an entity", HelpName = "ENTITY", Required = true };
        var mount = new Option<string>("--mount-accessor")
        {
            Description = "The mount that vouches for the name; see hoop admin get mounts", HelpName = "ACCESSOR", Required = true,
        };
        return new Verb("entity-alias", "Say which credential is an entity", "entity-aliases") { name, entity, mount }.With("""
            hoop admin create entity-alias ci --entity ci --mount-accessor auth_jwt_1234
            """).Showing(Formats.Named).For("POST /v1/identity/entity-alias").Does(async call =>
        {
            var body = new JsonObject
            {
                ["name"] = call.Value(name),
                ["canonical_id"] = await StoreCommands.Entity.IdOf(call, call.Value(entity)!),
                ["mount_accessor"] = call.Value(mount),
            };
            var answer = await StoreKind.Write(call, StoreCommands.Alias.Path, body);
            call.Done(answer, StoreCommands.Alias.Type, call.Value(name)!, "created");
        });
    }

    private static Verb Policy(bool isUpdate)
    {
        var name = ResourceList.Name("policy", description: "Its name");
        var file = new Option<string>("--file") { Description = "Its text, HCL or JSON; - is standard input", HelpName = "FILE", Required = true };
        return new Verb("policy", isUpdate ? "Replace an ACL policy" : "Make an ACL policy", "policies") { name, file }
            .With($"hoop admin {(isUpdate ? "update" : "create")} policy readers --file readers.hcl")
            .Showing(Formats.Named).For("POST /v1/sys/policies/acl/{**name:minlength(1)}")
            .Does(async call =>
            {
                var policy = call.Value(name)!;
                await Demand(call, StoreCommands.Policy, policy, isUpdate);
                var body = new JsonObject { ["policy"] = InputFile.Text("--file", call.Value(file)!) };
                var answer = await StoreKind.Write(call, StoreCommands.Policy.AddressOf(policy), body);
                call.Done(answer, StoreCommands.Policy.Type, policy, isUpdate ? "updated" : "created");
            });
    }

    private static async Task Write(Call call, StoreKind kind, string name, JsonObject body, bool isUpdate)
    {
        var was = await Demand(call, kind, name, isUpdate);
        if (was?.Text("id") is { } id)
        {
            body["id"] = id;
        }
        else
        {
            body["name"] = name;
        }

        var answer = await StoreKind.Write(call, kind.Path, body);
        call.Done(answer, kind.Type, name, isUpdate ? "updated" : "created");
        if (!answer.IsEmpty)
        {
            call.Warnings(answer.Object);
        }
    }

    private static async Task<JsonElement?> Demand(Call call, StoreKind kind, string name, bool isThere)
    {
        var found = await kind.Find(call, name);
        return found is null == isThere
            ? throw (isThere
                ? new CliFailure($"there is no {kind.Type} \"{name}\"; create it with: hoop admin create {kind.Type} {name}")
                : new CliFailure($"{kind.Type} \"{name}\" exists already; change it with: hoop admin update {kind.Type} {name}"))
            : found;
    }

    private static JsonObject Body(Call call, Option<string[]> policies, Option<string[]> metadata)
    {
        var body = new JsonObject();
        if (call.Has(policies))
        {
            body["policies"] = Groups.Of(call.Value(policies));
        }

        if (call.Has(metadata))
        {
            var pairs = new JsonObject();
            foreach (var pair in call.Value(metadata) ?? [])
            {
                var sign = pair.IndexOf('=', StringComparison.Ordinal);
                pairs[sign > 0 ? pair[..sign] : throw new CliFailure($"--metadata {pair}: write KEY=VALUE")] = pair[(sign + 1)..];
            }

            body["metadata"] = pairs;
        }

        return body;
    }

    private static async Task<JsonArray> Ids(Call call, StoreKind kind, Option<string[]> names)
    {
        var ids = new JsonArray();
        foreach (var name in Groups.Of(call.Value(names)))
        {
            ids.Add((JsonNode)await kind.IdOf(call, (string)name!));
        }

        return ids;
    }

    private static void Set(JsonObject body, string member, string? value)
    {
        if (value is not null)
        {
            body[member] = value;
        }
    }

    private static Option<string[]> Words(string name, string description) =>
        new(name) { Description = description, HelpName = "a,b", Arity = ArgumentArity.OneOrMore };

    private static Option<string[]> Pairs() =>
        new("--metadata") { Description = "Texts by key, repeatable", HelpName = "KEY=VALUE", Arity = ArgumentArity.OneOrMore };
}
