using System.Runtime.Versioning;
using Hoop.Spiffe.Contracts.AgentChannel;
using NUnit.Framework;
using static Hoop.EndToEnd.Tests.Agent.Execution.CommandFixture;

namespace Hoop.EndToEnd.Tests.Agent.Execution;

[SupportedOSPlatform("linux")]
internal sealed class AllowListTests
{
    private string _folder = "";

    [SetUp]
    public void Two_programs_of_one_name()
    {
        _folder = Directory.CreateTempSubdirectory("hoop-agent-").FullName;
        foreach (var place in new[] { "good", "evil" })
        {
            var file = Path.Join(Directory.CreateDirectory(Path.Join(_folder, place)).FullName, "tool");
            File.WriteAllText(file, $"#!/bin/sh\necho {place}\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    [TearDown]
    public void Clean() => Directory.Delete(_folder, recursive: true);

    [TestCase("tool", "tool", true)]
    [TestCase("{0}/good/tool", "tool", true, Description = "the path that the name resolves to")]
    [TestCase("tool", "{0}/good/tool", true, Description = "the name of the path that is listed")]
    [TestCase("{0}/evil/tool", "tool", false, Description = "same name, other program")]
    [TestCase("{0}/good/../good/tool", "tool", false, Description = "spelled differently")]
    [TestCase("TOOL", "tool", false)]
    [TestCase("tool ", "tool", false)]
    [TestCase("too", "tool", false)]
    [TestCase("sh", "tool", false)]
    [TestCase("missing", "tool", false)]
    public async Task Only_listed_commands_run(string command, string allowed, bool runs)
    {
        var runner = Runner(allowed: [At(allowed)], searchPath: $"{_folder}/good:/usr/bin:/bin");

        var result = await runner.Run(Request(At(command)), CancellationToken.None);

        Assert.That(result.Status, Is.EqualTo(runs ? ExecutionStatus.Success : ExecutionStatus.Refused));
        Assert.That(result.Output, runs ? Is.EqualTo("good\n") : Does.Contain("--allow-command"));
    }

    [Test]
    public async Task A_PATH_in_the_request_does_not_turn_a_listed_name_into_another_program()
    {
        var runner = Runner(allowed: ["tool"], searchPath: $"{_folder}/good", variables: ["PATH"]);

        var result = await runner.Run(
            Request("tool") with { Environment = new Dictionary<string, string> { ["PATH"] = $"{_folder}/evil" } }, CancellationToken.None);

        Assert.That(result.Output, Is.EqualTo("good\n"));
    }

    [Test]
    public async Task A_variable_in_the_first_argument_is_expanded_before_it_is_compared()
    {
        var runner = Runner(allowed: ["$COMMAND", "tool"], searchPath: $"{_folder}/good:/usr/bin:/bin");

        var result = await runner.Run(
            Request("$COMMAND") with { Environment = new Dictionary<string, string> { ["COMMAND"] = "sh" } }, CancellationToken.None);

        Assert.That(result.Status, Is.EqualTo(ExecutionStatus.Refused));
    }

    private string At(string text) => text.Replace("{0}", _folder, StringComparison.Ordinal);
}
