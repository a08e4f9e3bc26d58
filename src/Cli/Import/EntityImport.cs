using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Import;

/// <summary>Entities with their aliases. An entity is known by its name on both sides, since ids are given by each side itself.</summary>
internal sealed class EntityImport(VaultSource vault, StoreWriter gateway, MountMap mounts, ImportReport report, bool dryRun)
{
    private readonly ConcurrentDictionary<string, string> _ids = new(StringComparer.Ordinal);

    /// <summary>By the Vault's id, the gateway's; empty for what a dry run did not make.</summary>
    public IReadOnlyDictionary<string, string> Ids => _ids;

    public async Task One(string id, CancellationToken stop)
    {
        // Gone since the list was read.
        if (await vault.Read($"identity/entity/id/{Uri.EscapeDataString(id)}", stop) is not { } there)
        {
            return;
        }

        var name = there.Text("name") ?? "";
        var here = await gateway.Lookup("entity", stop, ("name", name));
        if (await Write(name, there, here, stop) is { } ours)
        {
            _ids[id] = ours;
            foreach (var alias in there.Member("aliases") is { ValueKind: JsonValueKind.Array } aliases ? [.. aliases.EnumerateArray()]
                : Array.Empty<JsonElement>())
            {
                await Alias(ours, here, alias, stop);
            }
        }
    }

    /// <returns>The gateway's id; null when it refuses.</returns>
    private async Task<string?> Write(string name, JsonElement there, JsonElement? here, CancellationToken stop)
    {
        if (here is { } known && Same.Lists(there, known, "policies") && Same.Maps(there, known, "metadata")
            && there.IsTrue("disabled") == known.IsTrue("disabled") && Same.Hygiene(there, known))
        {
            report.Count("entity", Became.Unchanged);
            return known.Text("id");
        }

        var id = here?.Text("id");
        if (!dryRun)
        {
            var body = new JsonObject
            {
                ["name"] = name,
                ["policies"] = Same.List(there, "policies"),
                ["metadata"] = Same.Map(there, "metadata"),
                ["disabled"] = there.IsTrue("disabled"),
            };
            Same.CopyHygiene(there, body);
            var stored = await gateway.Write("identity/entity", body, stop);
            if (stored.Problem is { } problem)
            {
                report.Refuse("entity", name, problem);
                return null;
            }

            id ??= stored.Data?.Text("id");
        }

        report.Count("entity", here is null ? Became.Created : Became.Updated);
        return id ?? "";
    }

    private async Task Alias(string entityId, JsonElement? here, JsonElement alias, CancellationToken stop)
    {
        var name = alias.Text("name") ?? "";
        var (mount, problem) = await mounts.Of(alias.Text("mount_accessor") ?? "", alias, stop);
        if (mount is null)
        {
            report.Refuse("entity alias", name, problem!);
            return;
        }

        var known = Known(here, mount, name);
        if (known is { } same && same.Text("name") == name && Same.Maps(alias, same, "custom_metadata") && Same.Hygiene(alias, same))
        {
            report.Count("entity alias", Became.Unchanged);
            return;
        }

        // Taking a name away from another entity would hand over what that one may do.
        if (known is null && mount.Accessor.Length > 0
            && await gateway.Lookup("entity", stop, ("alias_name", name), ("alias_mount_accessor", mount.Accessor)) is { } owner
            && owner.Text("id") != entityId)
        {
            report.Refuse("entity alias", name, $"{mount.Path} knows it here as the entity \"{owner.Text("name")}\"");
            return;
        }

        await Store(entityId, mount, name, alias, known, stop);
    }

    private async Task Store(
        string entityId, AuthMount mount, string name, JsonElement alias, JsonElement? known, CancellationToken stop)
    {
        if (!dryRun)
        {
            var body = new JsonObject
            {
                ["name"] = name,
                ["canonical_id"] = entityId,
                ["mount_accessor"] = mount.Accessor,
                ["custom_metadata"] = Same.Map(alias, "custom_metadata"),
            };
            Same.CopyHygiene(alias, body);
            if ((await gateway.Write("identity/entity-alias", body, stop)).Problem is { } refused)
            {
                report.Refuse("entity alias", name, refused);
                return;
            }
        }

        report.Count("entity alias", known is null ? Became.Created : Became.Updated);
    }

    private static JsonElement? Known(JsonElement? entity, AuthMount mount, string name)
    {
        if (entity?.Member("aliases") is { ValueKind: JsonValueKind.Array } aliases)
        {
            foreach (var alias in aliases.EnumerateArray())
            {
                if (alias.Text("mount_accessor") == mount.Accessor
                    && string.Equals(alias.Text("name"), name, StringComparison.OrdinalIgnoreCase))
                {
                    return alias;
                }
            }
        }

        return null;
    }
}
