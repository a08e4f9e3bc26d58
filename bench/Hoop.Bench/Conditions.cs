using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Hoop.Bench;

/// <summary>Under which circumstances a suite ran.</summary>
/// <param name="LoadBefore">Load average of the last minute before the suite began: work of others, when it was not idle.</param>
/// <param name="FlushMicroseconds">What forcing 8 kB to this disk takes, median; the least that a durable write can take alone.</param>
internal sealed record Conditions(
    DateTimeOffset StartedAt,
    string Processor,
    int Cores,
    double MemoryGibibytes,
    string System,
    string DotNet,
    string Npgsql,
    string? PostgreSql,
    double LoadBefore,
    double FlushMicroseconds,
    int Rounds,
    int Seconds,
    int Connections)
{
    private const int Flushes = 200;

    public static Conditions Read(Plan plan) => new(
        TimeProvider.System.GetUtcNow(),
        Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1),
        RuntimeInformation.OSDescription,
        Environment.Version.ToString(),
        typeof(Npgsql.NpgsqlConnection).Assembly.GetName().Version!.ToString(3),
        null,
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture),
        Flush(),
        plan.Rounds,
        plan.Seconds,
        Plan.Connections);

    private static double Flush()
    {
        var file = Path.Combine(Folders.Scratch, "flush");
        try
        {
            using var handle = File.OpenHandle(file, FileMode.Create, FileAccess.Write);
            var block = new byte[8192];
            var times = new double[Flushes];
            for (var i = 0; i < Flushes; i++)
            {
                var watch = Stopwatch.GetTimestamp();
                RandomAccess.Write(handle, block, 0);
                RandomAccess.FlushToDisk(handle);
                times[i] = Stopwatch.GetElapsedTime(watch).TotalMicroseconds;
            }

            return Math.Round(Series.Median(times));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string? Field(string file, string name) => File.ReadLines(file)
        .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
}
