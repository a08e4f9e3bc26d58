using System.Diagnostics;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>What a program that a test starts finds around it.</summary>
internal static class Surroundings
{
    private static readonly string[] Settings = ["HOOP_", "VAULT_", "AWS_", "GOOGLE_"];

    /// <summary>
    /// Takes away what whoever runs the tests has set for such programs, apart from where PostgreSQL is; then sets these.
    /// </summary>
    public static ProcessStartInfo Isolate(this ProcessStartInfo start, IEnumerable<KeyValuePair<string, string>> variables)
    {
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static bool IsSetting(string name) =>
        name != "HOOP_POSTGRES_BIN" && Settings.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
