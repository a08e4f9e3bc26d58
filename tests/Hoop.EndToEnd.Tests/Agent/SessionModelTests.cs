using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent;

/// <summary>Explores <see cref="SessionModel"/>: every order of all steps, each world once; and that each world leads to an end.</summary>
internal sealed class SessionModelTests
{
    [Test]
    public void Every_order_of_steps_ends_the_session_and_all_of_its_commands()
    {
        var (worlds, broken) = Explore(SessionDefect.None);
        Assert.That(broken, Is.Null, () => string.Join("; ", broken!));
        TestContext.Out.WriteLine($"{worlds} worlds");
        Assert.That(worlds, Is.GreaterThan(100));
    }

    [TestCase(SessionDefect.NotesLate)]
    [TestCase(SessionDefect.WaitsOnce)]
    [TestCase(SessionDefect.WaitsForTheWelcomeAlone)]
    [TestCase(SessionDefect.KeepsCommands)]
    [TestCase(SessionDefect.StopsFirst)]
    public void A_defect_is_found(object defect)
    {
        var (_, broken) = Explore((SessionDefect)defect);
        Assert.That(broken, Is.Not.Null, "the exploration does not see this defect, so it proves nothing about it");
        TestContext.Out.WriteLine(string.Join("; ", broken!));
    }

    private static (int Worlds, IReadOnlyList<string>? Broken) Explore(SessionDefect defect)
    {
        var start = new SessionModel(defect);
        var trails = new Dictionary<SessionModel, IReadOnlyList<string>> { [start] = [] };
        var queue = new Queue<SessionModel>([start]);
        while (queue.TryDequeue(out var world))
        {
            var steps = world.Steps().ToArray();
            if (steps.Length == 0 && !world.IsDone)
            {
                return (trails.Count, [.. trails[world], "nothing can happen any more, and the session has not ended"]);
            }

            foreach (var (name, after) in steps)
            {
                if (!trails.TryAdd(after, [.. trails[world], name]))
                {
                    continue;
                }

                if (after.Broken is { } why)
                {
                    return (trails.Count, [.. trails[after], why]);
                }

                queue.Enqueue(after);
            }
        }

        return (trails.Count, null);
    }
}
