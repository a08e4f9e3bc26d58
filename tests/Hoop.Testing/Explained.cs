using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;

namespace Hoop.Testing;

#pragma warning disable CA2100 // The statements are the product's own constants.

/// <summary>What PostgreSQL did for one statement of the product: which tables it looked at, by what, and at how many rows.</summary>
public sealed partial class Explained
{
    private Explained(string text, IReadOnlyList<Scan> scans) => (Text, Scans) = (text, scans);

    /// <summary>The plan, for whoever reads why a test failed.</summary>
    public string Text { get; }

    public IReadOnlyList<Scan> Scans { get; }

    /// <summary>Looked at, kept or not.</summary>
    public double Rows => Scans.Sum(scan => scan.Rows);

    /// <param name="Kind">As PostgreSQL calls it, <c>Index Scan</c> say.</param>
    /// <param name="Rows">Looked at in all loops, kept or not.</param>
    public sealed record Scan(string Kind, string Relation, double Rows);

    /// <summary>True for what the product has planned anew for each call: a condition may be absent, and no plan is good for all.</summary>
    public static bool IsPlannedAnew(string sql) => AbsentCondition().IsMatch(sql);

    /// <summary>Runs the statement as a prepared one.</summary>
    /// <param name="database">Filled, and analyzed or not.</param>
    /// <param name="sql">With arguments such as <c>@OrgId</c>.</param>
    /// <param name="args">An object with a property for each.</param>
    /// <param name="generic">With the plan for all arguments, which sessions come to after some calls; else with that for these.</param>
    public static async Task<Explained> Run(NpgsqlDataSource database, string sql, object args, bool generic)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(args);
        var names = new List<string>();
        var numbered = Argument().Replace(sql, match =>
        {
            if (!names.Contains(match.Groups["name"].Value, StringComparer.Ordinal))
            {
                names.Add(match.Groups["name"].Value);
            }

            return string.Create(CultureInfo.InvariantCulture, $"${names.IndexOf(match.Groups["name"].Value) + 1}");
        });
        var values = names.Select(name => Literal((args.GetType().GetProperty(name)
            ?? throw new ArgumentException($"{name} is missing", nameof(args))).GetValue(args)));
        var mode = generic ? "force_generic_plan" : "force_custom_plan";

        await using var connection = await database.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandTimeout = 120;
        command.CommandText = $"SET plan_cache_mode = {mode}; PREPARE explained AS {numbered}";
        await command.ExecuteNonQueryAsync();
        command.CommandText = $"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, FORMAT JSON) EXECUTE explained ({string.Join(", ", values)})";
        var text = (string)(await command.ExecuteScalarAsync())!;
        command.CommandText = "DEALLOCATE explained; RESET plan_cache_mode";
        await command.ExecuteNonQueryAsync();

        using var plan = JsonDocument.Parse(text);
        var scans = new List<Scan>();
        Walk(plan.RootElement[0].GetProperty("Plan"), scans);
        return new Explained(text, scans);
    }

    private static void Walk(JsonElement node, List<Scan> scans)
    {
        if (node.TryGetProperty("Relation Name", out var relation))
        {
            scans.Add(new Scan(
                node.GetProperty("Node Type").GetString()!,
                relation.GetString()!,
                Number(node, "Actual Loops")
                    * (Number(node, "Actual Rows") + Number(node, "Rows Removed by Filter") + Number(node, "Rows Removed by Index Recheck"))));
        }

        if (node.TryGetProperty("Plans", out var below))
        {
            foreach (var each in below.EnumerateArray())
            {
                Walk(each, scans);
            }
        }
    }

    private static double Number(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetDouble() : 0;

    private static string Literal(object? value) => value switch
    {
        null => "NULL",
        bool flag => flag ? "true" : "false",
        int or long => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        Guid id => $"'{id}'::uuid",
        string text => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
        Guid[] ids => $"ARRAY[{string.Join(", ", ids.Select(id => Literal(id)))}]::uuid[]",
        string[] texts => $"ARRAY[{string.Join(", ", texts.Select(Literal))}]::text[]",
        byte[] bytes => $"'\\x{Convert.ToHexString(bytes)}'::bytea",
        _ => throw new ArgumentException($"no literal for {value.GetType()}", nameof(value)),
    };

    [GeneratedRegex(@"@(?<name>[A-Za-z]\w*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Argument();

    [GeneratedRegex(@"@\w+(::[\w\[\]]+)? IS NULL OR", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AbsentCondition();
}
