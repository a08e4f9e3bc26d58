using System.Globalization;
using System.Text.RegularExpressions;
using Hoop.Shared;
using Hoop.Spiffe.Mappings;

namespace Hoop.Bench;

/// <summary>
/// PostgreSQL's own load generator with the same statement, prepared: what the database gives without any program of ours.
/// </summary>
/// <param name="identities">One script each, since a script knows no list of texts.</param>
internal sealed partial class PgBench(string name, Bed bed, IReadOnlyList<string> identities) : ILoad
{
    public const int Scripts = 16;

    public static bool Exists => Tool.Find("pgbench") is not null;

    public string Name => name;

    public async Task<Sample> Run(int seconds, CancellationToken cancellationToken)
    {
        var connection = bed.Connection;
        List<string> arguments =
        [
            "-n", "-M", "prepared", "-T", Text(seconds), "-c", Text(Plan.Connections), "-j", Text(Plan.Threads),
            "-h", connection.Host!, "-p", Text(connection.Port), "-U", connection.Username ?? Environment.UserName,
            "-D", $"OrgId={DefaultOrganization.Id}", "-D", $"TrustDomain={Bed.TrustDomain}", "-D", "Most=2049",
        ];
        for (var i = 0; i < identities.Count; i++)
        {
            var file = Path.Combine(Folders.Scratch, $"pgbench-{i}.sql");
            var sql = Parameter().Replace(
                MappingLookup.ResolveSql, match => match.ValueSpan is "@SpiffeId" ? $":Id{i}" : $":{match.ValueSpan[1..]}");
            await File.WriteAllTextAsync(file, sql + ";\n", cancellationToken);
            arguments.AddRange(["-D", $"Id{i}={identities[i]}", "-f", file]);
        }

        arguments.Add(connection.Database!);
        var secret = connection.Password is { } password
            ? new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSWORD"] = password }
            : null;
        var output = await Tool.Run("pgbench", arguments, TimeSpan.FromSeconds(seconds + 30), cancellationToken, secret);
        return Rate().Match(output) is { Success: true } rate
            ? new Sample(double.Parse(rate.Groups["rate"].ValueSpan, CultureInfo.InvariantCulture), null, null, null, null)
            : throw new BenchException($"pgbench ended without a rate: {output}");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("@[A-Za-z]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^tps = (?<rate>[0-9.]+)", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rate();
}
