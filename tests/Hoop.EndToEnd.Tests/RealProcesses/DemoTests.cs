using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary><c>./run.sh demo</c>: the product's main job through all modules, by the programs as they are built.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DemoTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("hoop-demo-test-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Test]
    public async Task The_story_goes_as_it_should_and_leaves_nothing_behind()
    {
        await using var demo = Start(("HOOP_TOKEN", "not-for-the-demo"));
        var code = await demo.Ended();

        var output = string.Join('\n', demo.Output);
        Assert.That(demo.Output[^1], Does.Match(@"^demo: (\d+) of \1 steps as they should$"), output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero);
            Assert.That(demo.Errors, Is.Empty);
            Assert.That(output, Does.Contain("| alice@my-proj.iam.gserviceaccount.com |"));
            Assert.That(output, Does.Not.Contain(_home), "the folder is called $DEMO");
            Assert.That(output, Does.Not.Match(@"xagt-[\w-]{10}").And.Not.Match(@"eyJ[\w-]+\.[\w-]+\."), "tokens are masked");
            Assert.That(Directory.EnumerateFileSystemEntries(_home), Is.Empty);
        }
    }

    [Test]
    public async Task A_step_that_goes_wrong_is_named_and_ends_the_story_with_1()
    {
        await using var demo = Start(("HOOP_POSTGRES_BIN", _home));

        Assert.That(await demo.Ended(), Is.EqualTo(1));
        Assert.That(demo.Output[^1], Does.StartWith("demo: step 1 failed: hoop-gateway: "));
        Assert.That(Directory.EnumerateFileSystemEntries(_home), Is.Empty);
    }

    [Test]
    public async Task Told_to_stop_in_the_middle_it_takes_everything_along()
    {
        await using var demo = Start();
        await demo.Said("as agent arqa-prod (");
        var code = await demo.End(ChildProcess.SigTerm);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(130));
            Assert.That(demo.Output[^1], Does.Match("^demo: stopped after [0-9]+ steps$"));
            Assert.That(Directory.EnumerateFileSystemEntries(_home), Is.Empty);
            Assert.That(Directory.EnumerateDirectories("/proc").Where(MentionsHome), Is.Empty, "processes of the story still run");
        }
    }

    private ChildProcess Start(params (string Name, string Value)[] variables)
    {
        var all = variables.Append(("TMPDIR", _home)).ToDictionary(
            variable => variable.Item1, variable => variable.Item2, StringComparer.Ordinal);
        return ChildProcess.Start(Program(), _home, all);
    }

    /// <summary>Whether a process has the folder among its variables: what the story started has it as home and in its PATH.</summary>
    private bool MentionsHome(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ")).Contains(_home, StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Where it was built, as it looks for the other programs from there: in the configuration of these tests.</summary>
    private static string Program()
    {
        var framework = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        var root = framework.Parent!.Parent!.Parent!.Parent!.Parent!;
        return Path.Combine(root.FullName, "demo", "Hoop.Demo", "bin", framework.Parent.Name, framework.Name, "Hoop.Demo.dll");
    }
}
