using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Import;

/// <summary>
/// Groups: first each by itself, then, when all are there, their members. Of members alone those go that the Vault knows and does not
/// name any more: what was added on this side stays.
/// </summary>
internal sealed class GroupImport(
    VaultSource vault, StoreWriter gateway, MountMap mounts, ImportReport report, IReadOnlyDictionary<string, string> entities, bool dryRun)
{
    private const int MostAtOnce = 10_000;

    private readonly ConcurrentDictionary<string, (JsonElement There, JsonElement? Here, string Id)> _groups = new(StringComparer.Ordinal);

    /// <summary>By the Vault's id, the gateway's; empty for what a dry run did not make.</summary>
    public IReadOnlyDictionary<string, string> Ids =>
        _groups.ToDictionary(pair => pair.Key, pair => pair.Value.Id, StringComparer.Ordinal);

    public async Task One(string id, CancellationToken stop)
    {
        if (await vault.Read($"identity/group/id/{Uri.EscapeDataString(id)}", stop) is not { } there)
        {
            return;
        }

        var name = there.Text("name") ?? "";
        var here = await gateway.Lookup("group", stop, ("name", name));
        if (here is { } known && known.Text("type") != there.Text("type"))
        {
            report.Refuse("group", name, $"it is {there.Text("type")}, and here {known.Text("type")}: rename one of them");
            return;
        }

        if (await Write(name, there, here, stop) is { } ours)
        {
            _groups[id] = (there, here, ours);
            if (there.Member("alias") is { } alias && alias.Text("name") is { Length: > 0 })
            {
                await Alias(ours, here, alias, stop);
            }
        }
    }

    /// <summary>The members of all groups, entities and groups.</summary>
    public async Task Members(Action step, CancellationToken stop)
    {
        var (ofEntities, ofGroups) = (new MemberIds("entity", entities), new MemberIds("group", Ids));
        foreach (var (there, here, id) in _groups.Values)
        {
            if (there.Text("type") != "external")
            {
                var (entitiesIn, entitiesOut) = Changes(there, here, "member_entity_ids", ofEntities);
                var (groupsIn, groupsOut) = Changes(there, here, "member_group_ids", ofGroups);
                await Send(
                    there.Text("name") ?? "",
                    id,
                    [
                        ("remove_entity_ids", entitiesOut), ("remove_group_ids", groupsOut),
                        ("add_entity_ids", entitiesIn), ("add_group_ids", groupsIn),
                    ],
                    stop);
            }

            step();
        }
    }

    private (string[] In, string[] Out) Changes(JsonElement there, JsonElement? here, string field, MemberIds ids)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        var unmade = 0;
        foreach (var member in there.Texts(field))
        {
            if (!ids.ByTheirs.TryGetValue(member, out var ours))
            {
                report.Refuse("group", there.Text("name") ?? "", $"its member, the {ids.Kind} {member}, was not imported");
            }
            else if (ours.Length > 0)
            {
                wanted.Add(ours);
            }
            else
            {
                unmade++;
            }
        }

        var known = (here?.Texts(field) ?? []).ToHashSet(StringComparer.Ordinal);
        string[] added = [.. wanted.Except(known)];
        string[] removed = [.. known.Where(member => ids.Ours.Contains(member) && !wanted.Contains(member))];
        report.Members(added.Length + unmade, removed.Length);
        return (added, removed);
    }

    private async Task Send(string name, string id, (string Field, string[] Ids)[] changes, CancellationToken stop)
    {
        foreach (var (field, all) in changes)
        {
            foreach (var part in dryRun ? [] : all.Chunk(MostAtOnce))
            {
                var body = new JsonObject { [field] = new JsonArray([.. part.Select(member => (JsonNode)member)]) };
                if ((await gateway.Write($"identity/group/id/{id}/members", body, stop)).Problem is { } problem)
                {
                    report.Refuse("group", name, problem);
                }
            }
        }
    }

    private async Task<string?> Write(string name, JsonElement there, JsonElement? here, CancellationToken stop)
    {
        if (here is { } known && Same.Lists(there, known, "policies") && Same.Maps(there, known, "metadata"))
        {
            report.Count("group", Became.Unchanged);
            return known.Text("id");
        }

        var id = here?.Text("id");
        if (!dryRun)
        {
            var body = new JsonObject
            {
                ["name"] = name,
                ["type"] = there.Text("type"),
                ["policies"] = Same.List(there, "policies"),
                ["metadata"] = Same.Map(there, "metadata"),
            };
            var stored = await gateway.Write("identity/group", body, stop);
            if (stored.Problem is { } problem)
            {
                report.Refuse("group", name, problem);
                return null;
            }

            id ??= stored.Data?.Text("id");
        }

        report.Count("group", here is null ? Became.Created : Became.Updated);
        return id ?? "";
    }

    private async Task Alias(string groupId, JsonElement? here, JsonElement alias, CancellationToken stop)
    {
        var name = alias.Text("name")!;
        var (mount, problem) = await mounts.Of(alias.Text("mount_accessor") ?? "", alias, stop);
        if (mount is null)
        {
            report.Refuse("group alias", name, problem!);
            return;
        }

        var known = here?.Member("alias") is { } stored && stored.Text("id") is { Length: > 0 } ? stored : default(JsonElement?);
        if (known is { } same && same.Text("name") == name && same.Text("mount_accessor") == mount.Accessor)
        {
            report.Count("group alias", Became.Unchanged);
            return;
        }

        // The alias of another group is not taken away from it.
        if (mount.Accessor.Length > 0
            && await gateway.Lookup("group", stop, ("alias_name", name), ("alias_mount_accessor", mount.Accessor)) is { } owner
            && owner.Text("id") != groupId)
        {
            report.Refuse("group alias", name, $"{mount.Path} knows it here as the group \"{owner.Text("name")}\"");
            return;
        }

        if (!dryRun)
        {
            var path = known?.Text("id") is { } id ? $"identity/group-alias/id/{id}" : "identity/group-alias";
            var body = new JsonObject { ["name"] = name, ["mount_accessor"] = mount.Accessor, ["canonical_id"] = groupId };
            if ((await gateway.Write(path, body, stop)).Problem is { } refused)
            {
                report.Refuse("group alias", name, refused);
                return;
            }
        }

        report.Count("group alias", known is null ? Became.Created : Became.Updated);
    }
}

/// <summary>What was imported of one kind.</summary>
/// <param name="Kind">For messages.</param>
/// <param name="ByTheirs">By the Vault's id, the gateway's; empty for what a dry run did not make.</param>
internal sealed record MemberIds(string Kind, IReadOnlyDictionary<string, string> ByTheirs)
{
    public HashSet<string> Ours { get; } = [.. ByTheirs.Values];
}
