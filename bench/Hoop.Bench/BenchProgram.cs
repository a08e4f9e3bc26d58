using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Hoop.Bench;

/// <summary>Measures the gateway against a bare program with the same statements, in turn, on this machine.</summary>
internal static class BenchProgram
{
    public static async Task<int> Main(string[] args)
    {
        if (Plan.Parse(args) is not { } plan)
        {
            return 2;
        }

        using var stopping = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await Run(plan, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("bench.sh: stopped; nothing was kept");
            return 1;
        }
        catch (BenchException exception)
        {
            await Console.Error.WriteLineAsync($"bench.sh: {exception.Message}");
            return 1;
        }
        finally
        {
            Directory.Delete(Folders.Scratch, recursive: true);
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();
        }
    }

    private static async Task<int> Run(Plan plan, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var results = new Results(plan);
        var conditions = Conditions.Read(plan);
        if (plan.Suites.Contains("verify"))
        {
            results.Add("verify", conditions, VerifyBench.Run(plan, cancellationToken));
        }

        if (plan.Suites.Any(suite => suite != "verify"))
        {
            Wrk.Demand();
            await using var server = await BenchServer.Start(cancellationToken);
            foreach (var (suite, run) in Suites(plan, server))
            {
                if (plan.Suites.Contains(suite))
                {
                    var before = Conditions.Read(plan) with { PostgreSql = server.Version };
                    results.Add(suite, before, await run(cancellationToken));
                }
            }
        }

        Console.WriteLine(results.Table());
        await Console.Error.WriteLineAsync($"{watch.Elapsed.TotalSeconds:0} s; {results.Save()}");
        var wrong = results.Figures.Count(figure => figure.Wrong is not null);
        if (wrong > 0)
        {
            await Console.Error.WriteLineAsync($"bench.sh: {wrong} figures count as zero, because answers were wrong");
        }

        return wrong > 0 ? 1 : 0;
    }

    private static IEnumerable<(
        string Suite, Func<CancellationToken, Task<IReadOnlyList<Figure>>> Run)> Suites(Plan plan, BenchServer server) =>
    [
        ("auth", async cancellationToken =>
        [
            .. await AuthBench.Run(plan, server, cancellationToken), .. await AccessTokenBench.Run(plan, server, cancellationToken),
        ]),
        ("resolve", cancellationToken => ResolveBench.Run(plan, server, cancellationToken)),
        ("create", cancellationToken => CreateBench.Run(plan, server, cancellationToken)),
        ("memory", cancellationToken => MemoryBench.Run(plan, server, cancellationToken)),
        ("import", cancellationToken => ImportBench.Run(plan, server, cancellationToken)),
        ("process", cancellationToken => ProcessBench.Run(plan, server, cancellationToken)),
        ("waits", cancellationToken => WaitBench.Run(plan, server, cancellationToken)),
        ("latency", cancellationToken => LatencyBench.Run(plan, server, cancellationToken)),
        ("identity", cancellationToken => IdentityBench.Run(plan, server, cancellationToken)),
        ("federation", cancellationToken => FederationBench.Run(plan, server, cancellationToken)),
    ];
}

/// <summary>Something that a person has to put right before anything can be measured; the message says what.</summary>
internal sealed class BenchException(string message) : Exception(message);
