using System.Diagnostics;

namespace Hoop.Fuzz;

/// <summary>One target for a bounded time.</summary>
internal static class Campaign
{
    /// <summary>A reader of at most 16 KiB that takes longer than this can be made to stand still.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(5);

    /// <summary>False after a finding.</summary>
    public static bool Run(Target target, byte[][] corpus, int seed, TimeSpan time, TextWriter output)
    {
        var mutator = new Mutator(seed);
        var (runs, began) = (0L, Stopwatch.GetTimestamp());
        foreach (var input in corpus)
        {
            if (Problem(target, input) is { } problem)
            {
                return Report(target, input, seed, problem, output);
            }
        }

        for (; Stopwatch.GetElapsedTime(began) < time; runs++)
        {
            var input = mutator.Next(corpus);
            if (Problem(target, input) is { } problem)
            {
                return Report(target, input, seed, problem, output);
            }
        }

        output.WriteLine($"{target.Name}: {runs} inputs, no finding (seed {seed})");
        return true;
    }

    private static string? Problem(Target target, byte[] input)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            target.Run(input);
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }

        return Stopwatch.GetElapsedTime(began) is var took && took > Slow ? $"took {took}" : null;
    }

    private static bool Report(Target target, byte[] input, int seed, string problem, TextWriter output)
    {
        var path = Path.Combine(Path.GetTempPath(), $"hoop-fuzz-{target.Name}-{seed}.bin");
        File.WriteAllBytes(path, input);
        output.WriteLine($"{target.Name}: FINDING (seed {seed}), input in {path}, again with --target {target.Name} --input {path}");
        output.WriteLine($"base64: {Convert.ToBase64String(input)}");
        output.WriteLine(problem);
        return false;
    }
}
