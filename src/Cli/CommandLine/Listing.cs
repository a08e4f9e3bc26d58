using System.Globalization;
using System.Text.Json;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;
using Hoop.Client;
using Hoop.Client.Wire;

namespace Hoop.Cli.CommandLine;

/// <summary>A kind of resource, as <c>get</c> and <c>describe</c> show it.</summary>
/// <param name="Type">Of one resource, as it is typed.</param>
/// <param name="Page">The call that lists it, a page at a time.</param>
/// <param name="Table">The columns, a row for each resource in its order.</param>
internal sealed record Listing(
    string Type, Func<HoopClient, ListQuery, CancellationToken, Task<HoopAnswer>> Page, Func<IReadOnlyList<JsonElement>, Task<Table>> Table)
{
    public static Listing Of<T>(
        string type, Func<HoopClient, ListQuery, HoopPages<T>> list, Func<IReadOnlyList<JsonElement>, Table> table) =>
        Of(type, list, rows => Task.FromResult(table(rows)));

    public static Listing Of<T>(
        string type, Func<HoopClient, ListQuery, HoopPages<T>> list, Func<IReadOnlyList<JsonElement>, Task<Table>> table) =>
        new(type, async (hoop, query, stop) => (await list(hoop, query).Page(query.Cursor, stop)).Raw, table);

    /// <summary>With the call that gets one.</summary>
    /// <param name="one">Given the name.</param>
    public Listing With<T>(Func<HoopClient, string, CancellationToken, Task<HoopAnswer<T>>> one) =>
        this with { One = async (hoop, name, _, stop) => (await one(hoop, name, stop)).Raw };

    /// <summary>The call that gets one; null where it is looked for in the list.</summary>
    public Func<HoopClient, string, bool, CancellationToken, Task<HoopAnswer>>? One { get; init; }

    /// <summary>The member that <c>get TYPE NAME</c> takes.</summary>
    public string Key { get; init; } = "name";

    /// <summary>What <c>-q</c> may name besides the page.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>What <c>-q</c> may name of the page; nothing for a list that comes whole.</summary>
    public IReadOnlyList<string> Paging { get; init; } = ["page_size", "cursor"];

    /// <summary>The resources of an answer.</summary>
    public Func<Answer, IReadOnlyList<JsonElement>> Rows { get; init; } = answer => answer.List;

    /// <summary>The one resource of an answer.</summary>
    public Func<Answer, JsonElement> RowOf { get; init; } = answer => answer.Object;

    /// <summary>True where a list without entries is a 404, as Vault has it.</summary>
    public bool EmptyIsMissing { get; init; }

    /// <summary>True for a list that only grows: a page of it shows the newest, and what leaves the page is still there.</summary>
    public bool OnlyGrows { get; init; }

    /// <summary>Where the list goes on, when the header does not say.</summary>
    public Func<Answer, string?> Next { get; init; } = answer => answer.NextCursor;

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

/// <summary>What <c>-q</c> says: filters, and the page.</summary>
internal sealed class ListQuery
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>The filters that are said, and the page.</summary>
    public IEnumerable<KeyValuePair<string, string>> Said => _values;

    /// <summary>Null when it is not filtered by it.</summary>
    public string? this[string filter] => _values.GetValueOrDefault(filter);

    public string? Cursor => this["cursor"];

    /// <summary>Null: as many as the gateway gives.</summary>
    /// <exception cref="CliFailure">It is no number.</exception>
    public int? PageSize => Number("page_size");

    public int? Number(string filter) => this[filter] is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new CliFailure($"-q {filter}={text}: write a whole number");

    /// <exception cref="CliFailure">It is no id.</exception>
    public Guid? Id(string filter) => this[filter] is not { } text ? null
        : Guid.TryParseExact(text, "D", out var id) ? id
        : throw new CliFailure($"-q {filter}={text}: write an id, which looks like 018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f");

    /// <summary>False when it was said before.</summary>
    public bool Add(string filter, string value) => _values.TryAdd(filter, value);
}
