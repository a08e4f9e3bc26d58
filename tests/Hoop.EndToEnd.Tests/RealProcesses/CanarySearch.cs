using System.Diagnostics;
using System.Text;
using Npgsql;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>Looks for secrets where none may be, in the forms that they may have there.</summary>
internal static class CanarySearch
{
    /// <summary>Which secret stands where, and in which form.</summary>
    public static string[] Finds(IReadOnlyDictionary<string, string> places, IReadOnlyDictionary<string, string> secrets) =>
    [
        .. from place in places
           from secret in secrets
           from form in FormsOf(secret.Value)
           where place.Value.Contains(form.Text, StringComparison.OrdinalIgnoreCase)
           select $"{secret.Key} stands in {place.Key} ({form.Form})",
    ];

    /// <summary>As it is, as bytes that PostgreSQL prints, and in base64 at each of the three places where it may begin.</summary>
    public static IEnumerable<(string Form, string Text)> FormsOf(string secret)
    {
        yield return ("as it is", secret);
        yield return ("in hex", Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret)));
        for (var shift = 0; shift < 3; shift++)
        {
            var text = Convert.ToBase64String(Encoding.UTF8.GetBytes(new string(' ', shift) + secret));
            yield return ($"in base64, shifted by {shift}", text[(shift == 0 ? 0 : 4)..^4]);
        }
    }

    /// <summary>What every process of the machine was called with.</summary>
    public static IEnumerable<string> CommandLines()
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            var text = "";
            try
            {
                text = File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It is over.
            }

            yield return text;
        }
    }

    /// <summary>The database as text.</summary>
    public static async Task<string> Dump(NpgsqlConnectionStringBuilder database)
    {
        var start = new ProcessStartInfo(
            "bash",
            ["-c", """. "$1"; database; "$(program pg_dump)" --dbname="$address" """, "dump",
                Path.Combine(AppContext.BaseDirectory, "deploy/backup/database.sh")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOOP_DATABASE_URL"] =
            $"postgres://{database.Username}:{Uri.EscapeDataString(database.Password ?? "")}@/{database.Database}"
                + $"?host={database.Host}&port={database.Port}";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, await errors);
        return await output;
    }
}
