using Hoop.Spiffe.Channels;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>Explores <see cref="ChannelModel"/>: every order of all steps, each world once.</summary>
public sealed class ChannelModelTests
{
    [Test]
    public void No_order_of_steps_leaves_a_channel_or_work_on_what_was_revoked()
    {
        var (worlds, broken) = Explore(ChannelDefect.None);
        Assert.That(broken, Is.Null, () => string.Join("; ", broken!));
        TestContext.Out.WriteLine($"{worlds} worlds");
        Assert.That(worlds, Is.GreaterThan(1_000));
    }

    [TestCase(nameof(ChannelDefect.TrustsRenewals))]
    [TestCase(nameof(ChannelDefect.RenewalIsNotJudged))]
    [TestCase(nameof(ChannelDefect.HelloIsNotJudged))]
    [TestCase(nameof(ChannelDefect.JoinsTheRunningCheck))]
    [TestCase(nameof(ChannelDefect.WorkIsNotJudged))]
    public void A_defect_is_found(string defect)
    {
        var (_, broken) = Explore(Enum.Parse<ChannelDefect>(defect));
        Assert.That(broken, Is.Not.Null, "the exploration does not see this defect, so it proves nothing about it");
        TestContext.Out.WriteLine(string.Join("; ", broken!));
    }

    [Test]
    public void An_agent_that_renews_faster_than_it_is_judged_is_ended_after_a_while()
    {
        var renewals = 0;
        while (Judgement.Of(holds: true, isCurrent: false, renewals) == Judgement.Again)
        {
            renewals++;
        }

        Assert.That(renewals, Is.InRange(1, 100));
        Assert.That(Judgement.Of(holds: true, isCurrent: false, renewals), Is.EqualTo(Judgement.Ended));
    }

    private static (int Worlds, IReadOnlyList<string>? Broken) Explore(ChannelDefect defect)
    {
        var start = new ChannelModel(defect);
        var trails = new Dictionary<ChannelModel, (ChannelModel? Before, string Step)> { [start] = (null, "") };
        var queue = new Queue<ChannelModel>([start]);
        while (queue.TryDequeue(out var world))
        {
            foreach (var (name, after) in world.Steps())
            {
                if (!trails.TryAdd(after, (world, name)))
                {
                    continue;
                }

                if (after.Broken is { } why)
                {
                    return (trails.Count, [.. StepsTo(after, trails), why]);
                }

                queue.Enqueue(after);
            }
        }

        return (trails.Count, null);
    }

    private static IEnumerable<string> StepsTo(ChannelModel world, Dictionary<ChannelModel, (ChannelModel? Before, string Step)> trails)
    {
        var steps = new Stack<string>();
        while (trails[world] is { Before: { } before, Step: var step })
        {
            steps.Push(step);
            world = before;
        }

        return steps;
    }
}
