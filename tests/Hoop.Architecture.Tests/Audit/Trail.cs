using System.Text.Json;
using Hoop.Testing;

namespace Hoop.Architecture.Tests.Audit;

/// <summary>The state as the audit trail tells it: what was created and not deleted, with the facts that the last rows gave.</summary>
internal sealed class Trail
{
    private readonly Dictionary<(string Type, string Id), SortedDictionary<string, string>> _resources = [];

    /// <summary>Group and member, for each membership.</summary>
    public HashSet<string> Members { get; } = new(StringComparer.Ordinal);

    /// <param name="rows">Of one organization, oldest first: type, action, id and fields of what succeeded.</param>
    public static Trail Replay(IEnumerable<(string Type, string Action, string? Id, string Fields)> rows)
    {
        var trail = new Trail();
        foreach (var (type, action, id, fields) in rows)
        {
            trail.Apply(type, action, id, JsonElement.Parse(fields));
        }

        return trail;
    }

    /// <summary>One line a resource, with the facts that <paramref name="names"/> lists.</summary>
    public IReadOnlyList<string> Of(string type, params string[] names) =>
    [
        .. _resources
            .Where(resource => resource.Key.Type == type)
            .Select(
                resource => $"{resource.Key.Id}: {string.Join(", ", names.Select(name => $"{name}={resource.Value.GetValueOrDefault(name, "null")}"))}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>All that is there, as type and id.</summary>
    public IEnumerable<string> Everything => _resources.Keys.Select(resource => $"{resource.Type} {resource.Id}");

    private void Apply(string type, string action, string? id, JsonElement fields)
    {
        switch (action)
        {
            case "create" or "delete" when type == "group_member":
                foreach (var member in fields.GetProperty("members").EnumerateArray().Select(each => $"{id} {each.GetString()}"))
                {
                    _ = action == "create" ? Members.Add(member) : Members.Remove(member);
                }

                break;
            case "delete" when fields.TryGetProperty("ids", out var ids):
                foreach (var each in ids.EnumerateArray())
                {
                    _resources.Remove((type, each.GetString()!));
                }

                break;
            case "delete":
                _resources.Remove((type, id ?? ""));
                break;
            case "create" or "update":
                if (!_resources.TryGetValue((type, id!), out var facts))
                {
                    _resources[(type, id!)] = facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
                }

                foreach (var fact in fields.EnumerateObject())
                {
                    facts[fact.Name] = JsonSerializer.Serialize(fact.Value);
                }

                break;
            default:
                // Uses, tests, rotations and sign-ins change no resource that is compared.
                break;
        }
    }
}

/// <summary>The same lines, as the tables tell them.</summary>
internal static class Tables
{
    public static async Task<IReadOnlyList<string>> Of(TestGateway gateway, string sql, Guid orgId, params string[] names)
    {
        var rows = await gateway.Query<(string Id, string Facts)>(sql, new { orgId });
        return
        [
            .. rows
                .Select(row => (row.Id, Facts: JsonElement.Parse(row.Facts)))
                .Select(
                    row => $"{row.Id}: {string.Join(", ", names.Select(name => $"{name}={JsonSerializer.Serialize(row.Facts.GetProperty(name))}"))}")
                .Order(StringComparer.Ordinal),
        ];
    }
}
