using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Output;

namespace Hoop.Cli.Import;

/// <summary>What became of one thing.</summary>
internal enum Became
{
    Created,
    Updated,
    Unchanged,
    Refused,
}

/// <summary>Counts what was done, and keeps what was refused, with its reason.</summary>
internal sealed class ImportReport(bool dryRun)
{
    private const int MostShown = 50;

    private static readonly string[] Kinds = ["mount", "entity", "entity alias", "group", "group alias", "policy"];

    private readonly ConcurrentDictionary<(string Kind, Became Became), int> _counts = new();
    private readonly ConcurrentQueue<(string Kind, string Name, string Text)> _problems = new();
    private readonly ConcurrentQueue<(string Kind, string Name, string Text)> _warnings = new();
    private int _added;
    private int _removed;

    public bool IsWell => _problems.IsEmpty;

    public void Count(string kind, Became became) => _counts.AddOrUpdate((kind, became), 1, (_, count) => count + 1);

    public void Refuse(string kind, string name, string why)
    {
        Count(kind, Became.Refused);
        _problems.Enqueue((kind, name, why));
    }

    public void Warn(string kind, string name, string text) => _warnings.Enqueue((kind, name, text));

    public void Members(int added, int removed)
    {
        Interlocked.Add(ref _added, added);
        Interlocked.Add(ref _removed, removed);
    }

    /// <summary>A table, and each refusal; or all of it as JSON.</summary>
    public void Show(Call call)
    {
        if (call.Json)
        {
            call.Raw(ToJson().ToJsonString());
            return;
        }

        var table = dryRun
            ? new Table("KIND", "WOULD CREATE", "WOULD UPDATE", "UNCHANGED", "REFUSED")
            : new Table("KIND", "CREATED", "UPDATED", "UNCHANGED", "REFUSED");
        foreach (var kind in Kinds)
        {
            table.Add([kind, .. Enum.GetValues<Became>().Select(became => Of(kind, became).ToString(CultureInfo.InvariantCulture))]);
        }

        call.Table(table);
        call.Line(dryRun
            ? $"{_added} memberships would be added, {_removed} removed"
            : $"{_added} memberships added, {_removed} removed");
        foreach (var (kind, name, text) in _warnings)
        {
            call.Warning($"{kind} {Printable.Quoted(name)}: {text}");
        }

        foreach (var (kind, name, text) in _problems.Take(MostShown))
        {
            call.StandardError.WriteLine(Printable.Line($"refused: {kind} {Printable.Quoted(name)}: {text}"));
        }

        if (_problems.Count > MostShown)
        {
            call.Note($"{_problems.Count - MostShown} more were refused; -o json shows all of them");
        }
    }

    private int Of(string kind, Became became) => _counts.GetValueOrDefault((kind, became));

    private JsonObject ToJson()
    {
        var all = new JsonObject { ["dry_run"] = dryRun };
        foreach (var kind in Kinds)
        {
            all[kind.Replace(' ', '_')] = new JsonObject(Enum.GetValues<Became>().Select(
                became => new KeyValuePair<string, JsonNode?>(became.ToString().ToLowerInvariant(), Of(kind, became))));
        }

        all["membership"] = new JsonObject { ["added"] = _added, ["removed"] = _removed };
        all["refused"] = Listed(_problems);
        all["warnings"] = Listed(_warnings);
        return all;
    }

    private static JsonArray Listed(IEnumerable<(string Kind, string Name, string Text)> rows) =>
        [.. rows.Select(JsonNode? (row) => new JsonObject { ["kind"] = row.Kind, ["name"] = row.Name, ["reason"] = row.Text })];
}
