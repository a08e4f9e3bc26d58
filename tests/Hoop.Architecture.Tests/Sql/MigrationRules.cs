using System.Text.RegularExpressions;

namespace Hoop.Architecture.Tests.Sql;

/// <summary>
/// Migrations are <c>NNNN_module_what.sql</c>; each touches its module's schema alone, and leaves the gateways of the version before
/// working or says that it does not.
/// </summary>
internal static partial class MigrationRules
{
    /// <param name="files">Of <c>db/migrations</c>.</param>
    /// <param name="schemas">Those of all modules.</param>
    public static IEnumerable<string> Violations(IReadOnlyCollection<SourceFile> files, IReadOnlyCollection<string> schemas)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (var twice in files.GroupBy(file => NameOf(file)[..4], StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            yield return $"the number {twice.Key} is taken by {string.Join(" and ", twice.Select(NameOf))}";
        }

        foreach (var file in files)
        {
            var name = NameOf(file);
            if (OwnerOf(name, schemas) is not { } schema)
            {
                yield return $"{name} is not named NNNN_module_what.sql";
                continue;
            }

            foreach (var problem in SqlRules.SchemaProblems(file.Text, schema, schemas))
            {
                yield return $"{name} {problem}";
            }

            if (Narrows().IsMatch(SqlText.Bare(file.Text)) && !file.Text.Contains("-- compatible-from: ", StringComparison.Ordinal))
            {
                yield return $"{name} takes away or narrows what an older gateway uses; only add, or say in a line \"-- compatible-from: NNNN\" which gateways work on";
            }

            foreach (var created in CreatedSchema().Matches(SqlText.Bare(file.Text)).Select(match => match.Groups[1].Value)
                .Where(created => created != schema))
            {
                yield return $"{name} makes or drops the schema {created}";
            }
        }
    }

    /// <summary>The module whose schema a file may touch.</summary>
    public static string? OwnerOf(string file, IEnumerable<string> schemas) => FileName().IsMatch(file)
        ? schemas.Where(schema => file.AsSpan(5).StartsWith(schema + "_", StringComparison.Ordinal)).MaxBy(schema => schema.Length)
        : null;

    private static string NameOf(SourceFile file) => Path.GetFileName(file.Path);

    [GeneratedRegex(@"^\d{4}_[a-z0-9_]+\.sql\z")]
    private static partial Regex FileName();

    [GeneratedRegex(
        @"\bDROP\s+(TABLE|COLUMN|SCHEMA|VIEW)\b|\bRENAME\b|\bSET\s+NOT\s+NULL\b|\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b"
        + @"|\bADD\s+COLUMN(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL\b",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Narrows();

    [GeneratedRegex(@"\bSCHEMA\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(\w+)", RegexOptions.IgnoreCase)]
    private static partial Regex CreatedSchema();
}
