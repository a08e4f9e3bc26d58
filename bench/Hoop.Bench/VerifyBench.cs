using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using Hoop.Shared.Jose;
using Hoop.Spiffe;
using Hoop.Spiffe.Svids;
using Hoop.Spiffe.TrustDomains;

namespace Hoop.Bench;

/// <summary>
/// The whole check of a JWT-SVID against the signature check alone, on one thread of this process; no network, no database.
/// </summary>
internal static class VerifyBench
{
    public static IReadOnlyList<Figure> Run(Plan plan, CancellationToken cancellationToken)
    {
        var figures = new List<Figure>();
        foreach (var algorithm in (JwsAlgorithm[])[JwsAlgorithm.RS256, JwsAlgorithm.ES256, JwsAlgorithm.ES384])
        {
            figures.AddRange(Run(plan, algorithm, cancellationToken));
        }

        return figures;
    }

    private static IEnumerable<Figure> Run(Plan plan, JwsAlgorithm algorithm, CancellationToken cancellationToken)
    {
        using var key = new BenchKey(algorithm);
        var token = key.Svid($"spiffe://{Bed.TrustDomain}/ns/n0000000/sa/worker");
        var (input, signature) = (
            Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]), Base64Url.DecodeFromChars(token.AsSpan(token.LastIndexOf('.') + 1)));
        var bundles = new OneBundle(BenchKey.KeySet(key));
        var rules = new JwtSvidOptions(["hoop-gateway"]);
        var verifier = new JwtSvidVerifier(bundles, rules, TimeProvider.System);
        var remembering = new JwtSvidVerifier(bundles, rules, TimeProvider.System, new SvidCache(TimeProvider.System));
        var changed = token[..^4] + (token[^4] == 'A' ? 'B' : 'A') + token[^3..];

        (string Name, Func<bool> Act)[] sides =
        [
            ("JWT-SVID check", () => verifier.Verify(token).Accepted),
            ("VerifyData", () => key.VerifyData(input, signature)),
            ("JWT-SVID check, remembered", () => remembering.Verify(token).Accepted),
        ];
        var wrong = sides.Any(side => !side.Act()) || verifier.Verify(changed).Accepted || remembering.Verify(changed).Accepted
            ? "a good token was refused or a changed one accepted"
            : null;
        foreach (var (_, act) in sides)
        {
            Measure(act, TimeSpan.FromSeconds(plan.WarmUpSeconds));
        }

        var samples = sides.ToDictionary(side => side.Name, _ => new List<Sample>(), StringComparer.Ordinal);
        var allocated = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var round = 1; round <= plan.Rounds; round++)
        {
            foreach (var (name, act) in sides)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (perSecond, processor, bytes, right) = Measure(act, TimeSpan.FromSeconds(Math.Min(2, plan.Seconds)));
                samples[name].Add(new Sample(perSecond, null, null, processor, wrong ?? (right ? null : "an answer changed under load")));
                allocated[name] = bytes;
                Progress.Say($"verify: round {round} of {plan.Rounds}: {algorithm} {name}: {perSecond:0}/s, {bytes:0} bytes each");
            }
        }

        var (check, bare, remembered) = (
            new Series(sides[0].Name, samples[sides[0].Name]),
            new Series(sides[1].Name, samples[sides[1].Name]),
            new Series(sides[2].Name, samples[sides[2].Name]));

        // The time of the check: the other side's rate over ours. The clock of the thread, not of the wall: who else runs here does not
        // count.
        var time = check.CpuOver(bare, $"verify.{Lower(algorithm)}.time", $"time of the whole {algorithm} check ÷ bare `VerifyData`", 1.15);
        yield return time with { Sides = [With(check), With(bare)] };
        yield return new Figure(
            $"verify.{Lower(algorithm)}.bytes", $"bytes allocated by one {algorithm} check", allocated[check.Name], allocated[check.Name],
                allocated[check.Name], 1024, true, "B", false, wrong,
            [With(check)]);
        yield return remembered.CpuOver(
            check,
            $"verify.{Lower(algorithm)}.remembered",
            $"time of the check of a remembered {algorithm} token ÷ the whole check") with
        { Sides = [With(remembered), With(check)] };

        Side With(Series series) => series.Summary with { AllocatedBytes = allocated[series.Name] };
    }

    private static (double PerSecond, double CpuMicroseconds, double Bytes, bool Right) Measure(Func<bool> act, TimeSpan time)
    {
        var right = true;
        var count = 0L;
        var (watch, processor, bytes) = (Stopwatch.StartNew(), ThreadClock.Now, GC.GetAllocatedBytesForCurrentThread());
        while (watch.Elapsed < time)
        {
            for (var i = 0; i < 32; i++)
            {
                right &= act();
            }

            count += 32;
        }

        return (count / watch.Elapsed.TotalSeconds, (ThreadClock.Now - processor).TotalMicroseconds / count,
            (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)count, right);
    }

    private static string Lower(JwsAlgorithm algorithm) => algorithm.ToString().ToLowerInvariant();

    private sealed class OneBundle(string document) : IBundles
    {
        private readonly Bundle _bundle = BundleParser.Parse(
            TrustDomain.TryParse(Bed.TrustDomain, out var name, out _) ? name : throw new InvalidOperationException("The name is wrong."),
            Encoding.UTF8.GetBytes(document),
            TimeProvider.System.GetUtcNow()).Value;

        public Bundle? Find(TrustDomain trustDomain) => trustDomain == _bundle.TrustDomain ? _bundle : null;

        public bool Knows(TrustDomain trustDomain) => trustDomain == _bundle.TrustDomain;
    }
}
