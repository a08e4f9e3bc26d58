using System.Globalization;

namespace Hoop.Bench;

/// <summary>What to run and for how long.</summary>
/// <param name="Suites">Of <see cref="AllSuites"/>.</param>
/// <param name="Quick">One short round on small tables: shows that everything works, its figures mean nothing and are not kept.</param>
/// <param name="Rounds">Each round runs every side once, in turn.</param>
/// <param name="Seconds">Of load for one side in one round.</param>
internal sealed record Plan(IReadOnlyList<string> Suites, bool Quick, int Rounds, int Seconds)
{
    public static readonly IReadOnlyList<string> AllSuites =
        ["verify", "auth", "resolve", "create", "memory", "import", "identity", "process", "waits", "latency", "federation"];

    /// <summary>Connections of the load, of pgbench, and the most of each program's pool.</summary>
    public const int Connections = 12;

    /// <summary>Of wrk and of pgbench.</summary>
    public const int Threads = 2;

    public int WarmUpSeconds => Quick ? 1 : 3;

    /// <summary>Mappings of one organization.</summary>
    public IReadOnlyList<int> Sizes => Quick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000];

    /// <summary>For the table with as many mappings as the largest one, spread over so many organizations.</summary>
    public int Organizations => Quick ? 100 : 10_000;

    /// <summary>Mappings of one import.</summary>
    public int Imported => Quick ? 50_000 : 1_000_000;

    /// <summary>Requests of all kinds before memory is looked at again.</summary>
    public int Busy => Quick ? 20_000 : 1_000_000;

    public int Revocations => Quick ? 30 : 500;

    /// <summary>Tokens that are asked for at once.</summary>
    public int Opens => Quick ? 200 : 1_000;

    /// <summary>Bytes of one session.</summary>
    public long Streamed => (Quick ? 64 : 1024) * 1024L * 1024;

    public int Freezes => Quick ? 1 : 5;

    /// <returns>Null after a mistake, which was then written to standard error.</returns>
    public static Plan? Parse(string[] args)
    {
        var (suites, quick, rounds, seconds) = (new List<string>(), false, 0, 0);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "quick": quick = true; break;
                case "--rounds" when i + 1 < args.Length
                    && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out rounds)
                    && rounds is > 0 and <= 100:
                    i++; break;
                case "--seconds" when i + 1 < args.Length
                    && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seconds)
                    && seconds is > 0 and <= 60:
                    i++; break;
                case var suite when AllSuites.Contains(suite): suites.Add(suite); break;
                default: Console.Error.WriteLine($"bench.sh: what is {args[i]}? See ./bench.sh --help"); return null;
            }
        }

        return new Plan(
            suites.Count == 0 ? AllSuites : suites,
            quick,
            rounds > 0 ? rounds : quick ? 1 : 5,
            seconds > 0 ? seconds : quick ? 1 : 5);
    }
}
