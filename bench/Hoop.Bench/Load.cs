using System.Text.Json;

namespace Hoop.Bench;

/// <summary>One side of a comparison: something that can be put under load for some seconds.</summary>
internal interface ILoad
{
    string Name { get; }

    Task<Sample> Run(int seconds, CancellationToken cancellationToken);
}

/// <summary>Runs sides in turn: A B C A B C …, so that what else happens on the machine hits all of them.</summary>
internal static class Rounds
{
    public static async Task<IReadOnlyDictionary<string, Series>> Run(
        Plan plan, string suite, IReadOnlyList<ILoad> loads, CancellationToken cancellationToken)
    {
        foreach (var load in loads)
        {
            Progress.Say($"{suite}: warming up {load.Name}");
            await load.Run(plan.WarmUpSeconds, cancellationToken);
        }

        var samples = loads.ToDictionary(load => load.Name, _ => new List<Sample>(), StringComparer.Ordinal);
        for (var round = 1; round <= plan.Rounds; round++)
        {
            foreach (var load in loads)
            {
                var sample = await load.Run(plan.Seconds, cancellationToken);
                samples[load.Name].Add(sample);
                Progress.Say(
                    $"{suite}: round {round} of {plan.Rounds}: {load.Name}: {sample.PerSecond:0}/s{(sample.Wrong is null ? "" : $", WRONG: {sample.Wrong}")}");
            }
        }

        return samples.ToDictionary(pair => pair.Key, pair => new Series(pair.Key, pair.Value), StringComparer.Ordinal);
    }
}

/// <summary>HTTP load by wrk, with the bodies of some answers looked at meanwhile.</summary>
/// <param name="requests">Sent in turn.</param>
/// <param name="program">Whose processor time is read.</param>
/// <param name="check">Looks at an answer to a request; the problem, or null.</param>
internal sealed class HttpLoad(
    string name, BenchProcess program, IReadOnlyList<BenchRequest> requests, Func<BenchRequest, int, string, string?> check) : ILoad
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public string Name => name;

    public async Task<Sample> Run(int seconds, CancellationToken cancellationToken)
    {
        using var looking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = Look(looking.Token);
        var cpu = program.ProcessorTime;
        var load = await Wrk.Run(program.Address, requests, seconds, cancellationToken);
        var used = program.ProcessorTime - cpu;
        await looking.CancelAsync();
        var (looked, problem) = await look;
        var wrong = problem
            ?? (load.StatusErrors > 0 ? $"{load.StatusErrors} of {load.Requests} answers had an error status" : null)
            ?? (load.SocketErrors > 0 ? $"{load.SocketErrors} connections failed" : null)
            ?? (load.Requests == 0 ? "no answer" : null)
            ?? (looked == 0 ? "no body was looked at" : null);
        return new Sample(
            load.Requests / (load.Microseconds / 1e6), load.P50 / 1e3, load.P99 / 1e3,
                used.TotalMicroseconds / Math.Max(1, load.Requests + looked), wrong);
    }

    private async Task<(int Looked, string? Problem)> Look(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = program.Address, Timeout = TimeSpan.FromSeconds(10) };
        var looked = 0;
        try
        {
            while (true)
            {
                var request = requests[looked * 37 % requests.Count];
                var (status, body) = await request.Send(client, cancellationToken);
                looked++;
                if (check(request, status, body) is { } problem)
                {
                    return (looked, problem);
                }

                await Task.Delay(Pause, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (looked, null);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or JsonException)
        {
            return (looked, exception.Message);
        }
    }
}

internal static class Progress
{
    public static void Say(string text) => Console.Error.WriteLine(text);
}
