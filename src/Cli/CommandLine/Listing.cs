using System.Text.Json;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.CommandLine;

/// <summary>A kind of resource, as <c>get</c> and <c>describe</c> show it.</summary>
/// <param name="Path">Of the list; the one resource is below it.</param>
/// <param name="Type">Of one resource, as it is typed.</param>
/// <param name="Table">The columns, a row for each resource in its order.</param>
internal sealed record Listing(string Path, string Type, Func<IReadOnlyList<JsonElement>, Task<Table>> Table)
{
    public Listing(string path, string type, Func<IReadOnlyList<JsonElement>, Table> table)
        : this(path, type, rows => Task.FromResult(table(rows)))
    {
    }

    /// <summary>The member that <c>get TYPE NAME</c> takes.</summary>
    public string Key { get; init; } = "name";

    /// <summary>What <c>-q</c> may name besides the page.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>What text for people needs less of than the JSON, such as <c>?secrets=names</c>.</summary>
    public string TextQuery { get; init; } = "";

    /// <summary>The resources of an answer.</summary>
    public Func<Answer, IReadOnlyList<JsonElement>> Rows { get; init; } = answer => answer.List;

    /// <summary>The one resource of an answer.</summary>
    public Func<Answer, JsonElement> One { get; init; } = answer => answer.Object;

    /// <summary>The address of one resource; null: its name, one segment below the list.</summary>
    public Func<string, string>? Address { get; init; }

    /// <summary>True where a list without entries is a 404, as Vault has it.</summary>
    public bool EmptyIsMissing { get; init; }

    /// <summary>True for a list that only grows: a page of it shows the newest, and what leaves the page is still there.</summary>
    public bool OnlyGrows { get; init; }

    /// <summary>Where the list goes on, when the header does not say.</summary>
    public Func<Answer, string?> Next { get; init; } = answer => answer.NextCursor;

    public string AddressOf(string name) => Address?.Invoke(name) ?? $"{Path}/{Api.Segment(name)}";

    /// <summary>As <c>get</c> takes it.</summary>
    public string NameOf(JsonElement row) => $"{Type}/{row.Text(Key) ?? row.Text("id")}";

    /// <summary>With everything that is no table or list and has no column yet.</summary>
    public async Task<Table> Wide(IReadOnlyList<JsonElement> rows)
    {
        var table = await Table(rows);
        var shown = table.Header.Select(title => title.Replace(' ', '_')).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var members = rows.Where(row => row.ValueKind == JsonValueKind.Object)
            .SelectMany(row => row.EnumerateObject())
            .Where(member => !shown.Contains(member.Name) && member.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            .Select(member => member.Name).Distinct(StringComparer.Ordinal).ToArray();
        return table.With(
            members.Select(member => member.ToUpperInvariant()), rows.Select(row => members.Select(member => row.Text(member))));
    }
}
