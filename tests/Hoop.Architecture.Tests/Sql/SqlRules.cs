using System.Reflection;
using System.Text.RegularExpressions;
using Hoop.Shared.Data;

namespace Hoop.Architecture.Tests.Sql;

/// <summary>A constant that holds a statement.</summary>
/// <param name="Reason">Of its <see cref="CrossOrgAttribute"/>; null without one.</param>
internal sealed record Statement(string Place, string Sql, string? Reason);

/// <summary>A module reads and writes its own schema, for one organization at a time.</summary>
internal static partial class SqlRules
{
    /// <summary>Constants named <c>...Sql</c>, and constants that hold a statement whatever their name is.</summary>
    public static IEnumerable<Statement> StatementsOf(IEnumerable<Type> types) => types
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => field.IsLiteral && field.FieldType == typeof(string))
        .Select(field => (Field: field, Text: (string?)field.GetRawConstantValue() ?? ""))
        .Where(constant => constant.Field.Name.EndsWith("Sql", StringComparison.Ordinal) || IsStatement().IsMatch(constant.Text))
        .Select(
            constant => new Statement($"{constant.Field.DeclaringType}.{constant.Field.Name}", constant.Text,
                constant.Field.GetCustomAttribute<CrossOrgAttribute>()?.Reason));

    /// <param name="schema">The one that the statement may name.</param>
    /// <param name="schemas">Those of all modules.</param>
    public static IEnumerable<string> Violations(Statement statement, string schema, IReadOnlyCollection<string> schemas)
    {
        ArgumentNullException.ThrowIfNull(statement);
        if (!statement.Place.EndsWith("Sql", StringComparison.Ordinal))
        {
            yield return $"{statement.Place} holds a statement and is not named ...Sql";
        }

        foreach (var problem in SchemaProblems(statement.Sql, schema, schemas))
        {
            yield return $"{statement.Place} {problem}";
        }

        if (Star().Match(SqlText.Bare(statement.Sql)) is { Success: true } star)
        {
            yield return $"{statement.Place} does not name its columns: {star.Value}";
        }

        var namesOrganization = statement.Sql.Contains("@OrgId", StringComparison.Ordinal);
        if (!namesOrganization && statement.Reason is null or { Length: < 10 })
        {
            yield return $"{statement.Place} has neither @OrgId nor [CrossOrg] with a reason";
        }

        if (namesOrganization && statement.Reason is not null)
        {
            yield return $"{statement.Place} has @OrgId and [CrossOrg]: one of them is not true";
        }
    }

    /// <summary>Tables without a schema or with another one. The catalogue of the server belongs to nobody.</summary>
    public static IEnumerable<string> SchemaProblems(string sql, string schema, IReadOnlyCollection<string> schemas)
    {
        var bare = SqlText.Bare(sql);
        foreach (var other in schemas.Where(other => other != schema && Regex.IsMatch(bare, $@"\b{other}\.", RegexOptions.IgnoreCase)))
        {
            yield return $"touches the schema {other}";
        }

        foreach (var table in SqlText.Tables(sql).Distinct(StringComparer.Ordinal))
        {
            var parts = table.Split('.');
            if (parts.Length == 1)
            {
                yield return $"names the table {table} without its schema";
            }
            else if (parts[0] != schema && parts[0] is not ("pg_catalog" or "information_schema") && !schemas.Contains(parts[0]))
            {
                yield return $"touches the schema {parts[0]}";
            }
        }
    }

    [GeneratedRegex(@"^\s*(SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|WITH\s+\w+\s+AS|MERGE\s+INTO|TRUNCATE)\s")]
    private static partial Regex IsStatement();

    [GeneratedRegex(@"\bSELECT\s+(?:ALL\s+|DISTINCT\s+)?\*|\b\w+\.\*|\bRETURNING\s+\*", RegexOptions.IgnoreCase)]
    private static partial Regex Star();
}
