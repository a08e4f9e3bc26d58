using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary><c>./run.sh demo</c>: the product's main job through all modules, by the programs as they are built.</summary>
internal sealed class DemoTests
{
    [Test]
    public async Task The_story_goes_as_it_should_and_leaves_nothing_behind()
    {
        var home = Directory.CreateTempSubdirectory("hoop-demo-test-").FullName;
        try
        {
            await using var demo = ChildProcess.Start(Program(), home, new Dictionary<string, string>(StringComparer.Ordinal) { ["TMPDIR"] = home, ["HOOP_TOKEN"] = "not-for-the-demo" });
            var code = await demo.Ended();

            var output = string.Join('\n', demo.Output);
            Assert.That(demo.Output[^1], Does.Match(@"^demo: (\d+) of \1 steps as they should$"), output);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(code, Is.Zero);
                Assert.That(demo.Errors, Is.Empty);
                Assert.That(output, Does.Contain("| alice@my-proj.iam.gserviceaccount.com |"));
                Assert.That(output, Does.Not.Contain(home), "the folder is called $DEMO");
                Assert.That(output, Does.Not.Match(@"xagt-[\w-]{10}").And.Not.Match(@"eyJ[\w-]+\.[\w-]+\."), "tokens are masked");
                Assert.That(Directory.EnumerateFileSystemEntries(home), Is.Empty);
            }
        }
        finally
        {
            Directory.Delete(home, recursive: true);
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
