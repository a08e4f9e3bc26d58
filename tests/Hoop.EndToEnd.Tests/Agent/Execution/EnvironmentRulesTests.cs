using Hoop.Cli.Agent.Execution;
using Hoop.Spiffe.Contracts.AgentChannel;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent.Execution;

internal sealed class EnvironmentRulesTests
{
    // Each of these ran code of the request's choice through a program on the list.
    [TestCase("bash", "#!/bin/bash", "BASH_ENV", "$(touch PROOF; echo /dev/null)")]
    [TestCase("python", "#!/usr/bin/env python3", "PYTHONWARNINGS", "all:0:antigravity.x:0:0")]
    [TestCase("perl", "#!/usr/bin/perl", "PERL5OPT", "-d")]
    [TestCase("perl", "#!/usr/bin/perl", "PERL5DB", "BEGIN{system('touch PROOF')}")]
    [TestCase("node", "#!/usr/bin/env node", "NODE_OPTIONS", "--import data:text/javascript,process.exit(7)")]
    [TestCase("any", "#!/bin/sh", "LD_PRELOAD", "/tmp/evil.so")]
    public async Task A_variable_that_makes_an_interpreter_run_code_is_refused_by_name_with_and_without_a_list(
        string name, string interpreter, string variable, string value)
    {
        var folder = Directory.CreateTempSubdirectory("hoop-env-").FullName;
        var tool = Path.Join(folder, $"{name}tool");
        var proof = Path.Join(folder, "proof");
        await File.WriteAllTextAsync(tool, $"{interpreter}\n");
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var request =
            CommandFixture.Request($"{name}tool") with
            {
                Environment = new Dictionary<string, string>(StringComparer.Ordinal)
                { [variable] = value.Replace("PROOF", proof, StringComparison.Ordinal) }
            };

        foreach (var allowed in new[] { null, new[] { $"{name}tool" } })
        {
            var result = await CommandFixture.Runner(
                allowed: allowed, searchPath: $"{folder}:/usr/bin:/bin").Run(request, CancellationToken.None);

            Assert.That(
                (result.Status, result.Output),
                Is.EqualTo((ExecutionStatus.Refused,
                    $"the agent does not take the variable \"{variable}\": it can make a program run other code")));
        }

        Assert.That(File.Exists(proof), Is.False);
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task With_a_list_of_commands_only_the_named_variables_pass()
    {
        var runner = CommandFixture.Runner(allowed: ["sh"]);
        var passes =
            CommandFixture.Shell("echo $HOOP_X $PGUSER") with
            {
                Environment = new Dictionary<string, string>(StringComparer.Ordinal)
                { ["HOOP_X"] = "1", ["PGUSER"] = "2" }
            };
        Assert.That((await runner.Run(passes, CancellationToken.None)).Output, Is.EqualTo("1 2\n"));

        foreach (var name in new[] { "PATH", "HOME", "MYSQL_PWD", "hoop_x", "\u001b[2J" })
        {
            var refused = await runner.Run(
                CommandFixture.Shell("true") with { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = "" } },
                CancellationToken.None);
            Assert.That(refused.Status, Is.EqualTo(ExecutionStatus.Refused), name);
            Assert.That(refused.Output, Does.Contain("--allow-env").And.Not.Contain("\u001b"));
        }

        var named = CommandFixture.Runner(allowed: ["sh"], variables: ["MYSQL_*"]);
        var given =
            CommandFixture.Shell("echo $MYSQL_PWD") with
            {
                Environment = new Dictionary<string, string>(StringComparer.Ordinal)
                { ["MYSQL_PWD"] = "x" }
            };
        Assert.That((await named.Run(given, CancellationToken.None)).Output, Is.EqualTo("x\n"));
    }

    [TestCase("LD_PRELOAD")]
    [TestCase("LD_LIBRARY_PATH")]
    [TestCase("DYLD_INSERT_LIBRARIES")]
    [TestCase("GCONV_PATH")]
    [TestCase("BASH_ENV")]
    [TestCase("BASH_FUNC_ls%%")]
    [TestCase("ENV")]
    [TestCase("SHELLOPTS")]
    [TestCase("PS4")]
    [TestCase("PYTHONPATH")]
    [TestCase("PERL5LIB")]
    [TestCase("RUBYOPT")]
    [TestCase("NODE_OPTIONS")]
    [TestCase("JAVA_TOOL_OPTIONS")]
    [TestCase("DOTNET_STARTUP_HOOKS")]
    [TestCase("CORECLR_PROFILER_PATH")]
    [TestCase("GIT_SSH_COMMAND")]
    [TestCase("CLOUDSDK_PYTHON")]
    [TestCase("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES")]
    [TestCase("PGSYSCONFDIR")]
    [TestCase("LESSOPEN")]
    public void The_closed_list_is_closed(string name)
    {
        Assert.That(new EnvironmentRules(allowed: null).Refused(["HOOP_X", name]), Is.EqualTo(name));
        Assert.That(new EnvironmentRules(["*"]).Refused([name]), Is.EqualTo(name));
    }

    [Test]
    public void Ordinary_variables_pass_without_a_list() =>
        Assert.That(
            new EnvironmentRules(allowed: null).Refused(
                ["HOOP_GCP_ACCESS_TOKEN", "CLOUDSDK_CORE_PROJECT", "PGPASSWORD", "MYSQL_PWD", "GOOGLE_APPLICATION_CREDENTIALS", "TZ"]),
            Is.Null);
}
