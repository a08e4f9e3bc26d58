using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Store;

namespace Hoop.Cli.Apply;

/// <summary>The identity store: policies, entities, groups. Members of a group are named, not numbered.</summary>
internal static class StoreKinds
{
    /// <summary>Vault's own, which every organization has.</summary>
    private static readonly string[] Builtin = ["default", "root"];

    public static readonly ManifestKind Policy = new("policy")
    {
        Members = ["name", "policy"],
        Required = ["name", "policy"],
        NameOf = body => body.Text("name"),
        KeyOf = ManifestKind.Folded,
        Load = (call, wanted) => Load(call, StoreCommands.Policy, wanted, data => new Existing(
            data.Text("name")!, ManifestKinds.Taken(data, Policy!.Members), data.Text("name")!,
            Builtin.Contains(data.Text("name")) ? "the gateway" : null)),
        Write = (call, write) => StoreKind.Write(
            call, StoreCommands.Policy.AddressOf(write.Manifest.Name), new JsonObject { ["policy"] = write.Body.Text("policy") }),
        Delete = (call, there) => StoreCommands.Policy.Delete(call, there.Name),
    };

    public static readonly ManifestKind Entity = new("entity")
    {
        Aliases = ["entities"],
        Members = ["name", "policies", "metadata", "disabled", "owner", "expires_at"],
        Required = ["name"],
        NameOf = body => body.Text("name"),
        KeyOf = ManifestKind.Folded,
        NeverPruned = "entities come by signing in, so none is pruned; delete one with: hoop admin delete entity",
        Load = (call, wanted) => Load(call, StoreCommands.Entity, wanted, data => new Existing(
            data.Text("name")!, ManifestKinds.Taken(data, Entity!.Members), data.Text("id")!)),
        Write = (call, write) => StoreKind.Write(call, StoreCommands.Entity.Path, Identified(write.Manifest.Body, write.There)),
    };

    public static readonly ManifestKind Group = new("group")
    {
        Members = ["name", "type", "policies", "metadata", "entities", "groups"],
        Required = ["name"],
        Fixed = ["type"],
        NameOf = body => body.Text("name"),
        KeyOf = ManifestKind.Folded,
        Load = async (call, wanted) =>
        {
            var entities = await NamesOf(call, StoreCommands.Entity);
            var groups = await NamesOf(call, StoreCommands.Group);
            return await Load(call, StoreCommands.Group, wanted, data =>
            {
                var body = ManifestKinds.Taken(data, ["name", "type", "policies", "metadata"]);
                body["entities"] = Named(data.Texts("member_entity_ids"), entities);
                body["groups"] = Named(data.Texts("member_group_ids"), groups);

                // Who is in an external group is said by sign-ins: it is theirs.
                return new Existing(data.Text("name")!, body, data.Text("id")!);
            });
        },
        Write = async (call, write) =>
        {
            var body = Identified(write.Manifest.Body, write.There);
            foreach (var (names, ids, kind) in new[]
            {
                ("entities", "member_entity_ids", StoreCommands.Entity), ("groups", "member_group_ids", StoreCommands.Group),
            })
            {
                if (body[names] is JsonArray list)
                {
                    var found = new JsonArray();
                    foreach (var name in list)
                    {
                        found.Add((JsonNode)await kind.IdOf(call, name?.ToString() ?? ""));
                    }

                    body.Remove(names);
                    body[ids] = found;
                }
            }

            await StoreKind.Write(call, StoreCommands.Group.Path, body);
        },
        Delete = (call, there) => StoreCommands.Group.Delete(call, there.Id),
    };

    // The calls change what they are told of and leave the rest.
    private static JsonObject Identified(JsonObject manifest, Existing? there)
    {
        var body = (JsonObject)manifest.DeepClone();
        if (there is not null)
        {
            body["id"] = there.Id;
        }

        return body;
    }

    private static async Task<IReadOnlyList<Existing>> Load(
        Call call, StoreKind kind, IReadOnlyList<Manifest> wanted, Func<System.Text.Json.JsonElement, Existing> existing)
    {
        var names = wanted.Count > 0 && !call.Prunes ? wanted.Select(manifest => manifest.Name) : (await NamesOf(call, kind)).Values;
        var there = new List<Existing>();
        foreach (var name in names)
        {
            if (await kind.Find(call, name) is { } data)
            {
                there.Add(existing(data));
            }
        }

        return there;
    }

    private static async Task<Dictionary<string, string>> NamesOf(Call call, StoreKind kind)
    {
        var listing = kind.Listing(_ => throw new InvalidOperationException("no table is asked for"));
        var answer = await call.List(listing, new ListQuery(), call.Stop);
        return listing.Rows(answer).ToDictionary(
            row => row.Text("id") ?? row.Text("name")!, row => row.Text("name")!, StringComparer.Ordinal);
    }

    private static JsonArray Named(IEnumerable<string> ids, Dictionary<string, string> names) =>
        [.. ids.Select(id => (JsonNode?)names.GetValueOrDefault(id, id)).OrderBy(name => name!.ToString(), StringComparer.Ordinal)];
}
