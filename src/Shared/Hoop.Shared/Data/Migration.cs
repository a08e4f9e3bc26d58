using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Hoop.Shared.Data;

/// <summary>
/// One migration: <c>NNNN_module_what.sql</c>, plain SQL, forward only, embedded in the assembly of the module that owns the schema.
/// </summary>
/// <param name="File">The file name, which is also the order.</param>
/// <param name="Sql">The statements; they run in one transaction.</param>
public sealed partial record Migration(string File, string Sql)
{
    /// <summary>SHA-256 of the text, lowercase hex.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>The four digits that order it.</summary>
    public string Number => File.Length < 4 ? File : File[..4];

    /// <summary>
    /// The oldest gateway that works on the schema after this file, as the number of the newest migration that it knows. A file says so
    /// in a line <c>-- compatible-from: NNNN</c>; one without it only adds, and every gateway works on.
    /// </summary>
    public string CompatibleFrom => CompatibleFromLine().Match(Sql) is { Success: true } line ? line.Groups["number"].Value : "0001";

    /// <summary>The <c>*.sql</c> resources of an assembly.</summary>
    public static IReadOnlyList<Migration> In(Assembly assembly) =>
    [
        .. assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => new Migration(name, Read(assembly, name))),
    ];

    /// <summary>The statements for a database in which the administrator has made the schema already.</summary>
    internal string WithoutSchema() => CreateSchema().Replace(Sql, "");

    /// <summary>The schema that the file makes, or null.</summary>
    internal string? Schema => CreateSchema().Match(Sql) is { Success: true } statement ? statement.Groups["schema"].Value : null;

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^-- compatible-from: (?<number>\d{4})\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex CompatibleFromLine();

    [GeneratedRegex(@"^CREATE SCHEMA (?<schema>[a-z_]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex CreateSchema();
}

/// <summary>The migrations of one module, registered by its <c>AddX</c>.</summary>
/// <param name="Module">The schema that the files own.</param>
public sealed record ModuleMigrations(string Module, IReadOnlyList<Migration> Files);

/// <summary>A database that this build cannot work with, or may not bring up to date. The start stops with this one line.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>How the migrations of this build and those of the database differ.</summary>
/// <param name="Missing">Files of this build that the database lacks.</param>
/// <param name="Newer">Files that a newer gateway applied and that this one works with.</param>
public sealed record SchemaState(IReadOnlyList<string> Missing, IReadOnlyList<string> Newer);
