using NUnit.Framework;

namespace Hoop.Shared.Tests.Memory;

/// <summary>Explores <see cref="ProtocolModel"/>: every order of steps up to a depth, each world once.</summary>
public sealed class ProtocolTests
{
    private const int Depth = 9;

    [TestCase("")]
    [TestCase("begin 0; read 0; store 0")]
    [TestCase("begin 0; begin 1; hear 0; hear 1; read 0 on 1; store 0 on 1")]
    [TestCase("begin 0; begin 1; hear 0; hear 1; renew 0; renew 1; read 0 on 1")]
    public void No_order_of_steps_lets_a_gateway_answer_by_what_was_revoked(string start)
    {
        var (worlds, broken) = Explore(Start(start, Defect.None), Depth);

        Assert.That(broken, Is.Null, () => $"after {start}; {string.Join("; ", broken!)}");
        TestContext.Out.WriteLine($"{worlds} worlds within {Depth} steps");
        Assert.That(worlds, Is.GreaterThan(10_000));
    }

    [TestCase(Defect.AnswersBeforeItIsKnown, "begin 0; begin 1")]
    [TestCase(Defect.IgnoresTheLease, "begin 0; begin 1; hear 0; hear 1; read 0 on 1; store 0 on 1")]
    [TestCase(Defect.CountsTheLeaseFromTheAnswer, "begin 0; begin 1; hear 0; hear 1; read 0 on 1; store 0 on 1; renew 1")]
    [TestCase(Defect.KeepsMemoryOverALapse, "begin 0; begin 1; hear 0; hear 1; read 0 on 1; store 0 on 1; tick; tick; renew 1")]
    [TestCase(Defect.StoresWhatWasReadBefore, "begin 0; begin 1; hear 0; hear 1; read 0 on 1")]
    [TestCase(Defect.DoesNotWait, "begin 0; begin 1; hear 0; hear 1; read 0 on 1; store 0 on 1")]
    [TestCase(Defect.ForgetsAfterConfirming, "begin 0; begin 1; hear 0; hear 1; read 0 on 1; store 0 on 1")]
    [TestCase(Defect.RemovesThoseItDidNotAskAbout, "begin 0; renew 0; begin 1; hear 0; hear 1; read 0 on 1; store 0 on 1")]
    public void A_defect_is_found(Defect defect, string start) => Assert.That(
        Explore(Start(start, defect), Depth).Broken, Is.Not.Null,
            "the exploration does not see this defect, so it proves nothing about it");

    private static ProtocolModel Start(string steps, Defect defect) => steps
        .Split("; ", StringSplitOptions.RemoveEmptyEntries)
        .Select(step => step.Replace(" on", "", StringComparison.Ordinal))
        .Aggregate(new ProtocolModel(defect), (world, step) =>
            world.Steps().Single(possible => possible.Name == step
                || (step.Count(c => c == ' ') == 1 && possible.Name == $"{step} 0")).Take());

    private static (int Worlds, IReadOnlyList<string>? Broken) Explore(ProtocolModel start, int depth)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { start.Fingerprint() };
        var frontier = new List<(ProtocolModel World, Trail? Trail)> { (start, null) };
        for (var step = 0; step < depth; step++)
        {
            var next = new List<(ProtocolModel, Trail?)>();
            foreach (var (world, trail) in frontier)
            {
                foreach (var (name, take) in world.Steps())
                {
                    var after = take();
                    if (after.IsBroken)
                    {
                        return (seen.Count, new Trail(name, trail).Names());
                    }

                    if (seen.Add(after.Fingerprint()))
                    {
                        next.Add((after, new Trail(name, trail)));
                    }
                }
            }

            frontier = next;
        }

        return (seen.Count, null);
    }

    private sealed record Trail(string Name, Trail? Before)
    {
        public IReadOnlyList<string> Names() => [.. Before?.Names() ?? [], Name];
    }
}
