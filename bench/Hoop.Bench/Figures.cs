namespace Hoop.Bench;

/// <summary>One line of the table.</summary>
/// <param name="Id">Stable name.</param>
/// <param name="What">For a person.</param>
/// <param name="Median">Of the ratios of the rounds, each taken from two runs that followed each other; or of the value itself, when
/// <paramref name="Unit"/> names one.</param>
/// <param name="Goal">Null: only reported.</param>
/// <param name="AtMost">True when smaller is better.</param>
/// <param name="Unit">Null for a ratio.</param>
/// <param name="Noisy">The reference differed by more than a factor of two between the rounds, so the figure proves nothing.</param>
/// <param name="Wrong">Why the figure counts as zero: what was wrong with the answers.</param>
/// <param name="Sides">The two that were compared: the numerator first.</param>
internal sealed record Figure(
    string Id,
    string What,
    double Median,
    double Least,
    double Most,
    double? Goal,
    bool AtMost,
    string? Unit,
    bool Noisy,
    string? Wrong,
    IReadOnlyList<Side> Sides)
{
    public bool? Met => Goal is not { } goal ? null : Wrong is null && (AtMost ? Median <= goal : Median >= goal);
}

/// <summary>What one side did, over all rounds.</summary>
/// <param name="PerSecond">Median of the rounds.</param>
/// <param name="P50">Milliseconds, closed loop.</param>
/// <param name="P99">Milliseconds, closed loop: with every connection busy, so mostly waiting in line.</param>
/// <param name="CpuMicroseconds">Processor time of the program for each request; null where it was not the program's alone.</param>
/// <param name="AllocatedBytes">For each operation; null where it was not measured.</param>
internal sealed record Side(
    string Name, double PerSecond, double? P50 = null, double? P99 = null, double? CpuMicroseconds = null, double? AllocatedBytes = null);

/// <summary>One run of one side in one round.</summary>
/// <param name="Wrong">Null when all statuses and all looked-at bodies were right.</param>
internal sealed record Sample(double PerSecond, double? P50, double? P99, double? CpuMicroseconds, string? Wrong);

/// <summary>The rounds of one side.</summary>
internal sealed record Series(string Name, IReadOnlyList<Sample> Samples)
{
    public Side Summary => new(
        Name,
        Median(Samples.Select(sample => sample.PerSecond)),
        MedianOrNull(Samples.Select(sample => sample.P50)),
        MedianOrNull(Samples.Select(sample => sample.P99)),
        MedianOrNull(Samples.Select(sample => sample.CpuMicroseconds)));

    private bool IsNoisy => Samples.Max(sample => sample.PerSecond) > 2 * Samples.Min(sample => sample.PerSecond);

    /// <summary>Rate of this side ÷ rate of the other one, round by round.</summary>
    public Figure Over(Series other, string id, string what, double? goal = null) =>
        Compare(other, id, what, goal, atMost: false, sample => sample.PerSecond);

    /// <summary>Processor time for each request of this side ÷ that of the other one.</summary>
    public Figure CpuOver(Series other, string id, string what, double? goal = null) =>
        Compare(other, id, what, goal, atMost: true, sample => sample.CpuMicroseconds ?? 0);

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static double? MedianOrNull(IEnumerable<double?> values) =>
        values.OfType<double>().ToArray() is { Length: > 0 } some ? Median(some) : null;

    private Figure Compare(Series other, string id, string what, double? goal, bool atMost, Func<Sample, double> value)
    {
        var wrong = Samples.Concat(other.Samples).Select(sample => sample.Wrong).FirstOrDefault(text => text is not null);
        var ratios = Samples.Zip(other.Samples, (mine, others) => value(mine) / value(others)).ToArray();
        return wrong is null
            ? new Figure(
                id, what, Median(ratios), ratios.Min(), ratios.Max(), goal, atMost, null, other.IsNoisy, null, [Summary, other.Summary])
            : new Figure(id, what, 0, 0, 0, goal, atMost, null, other.IsNoisy, wrong, [Summary, other.Summary]);
    }
}
