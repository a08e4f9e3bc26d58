using System.CommandLine;
using System.CommandLine.Parsing;
using Hoop.Cli;
using Hoop.Cli.CommandLine;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>What holds for each command of the real tree: nothing mistyped passes, and each help is worth reading.</summary>
public sealed class CommandTreeTests
{
    private static readonly Command[] Commands = [.. Below(HoopCommand.Root())];

    private static IEnumerable<TestCaseData> Every =>
        Commands.Select(command => new TestCaseData(command.Spelled()).SetArgDisplayNames(command.Spelled()));

    private static IEnumerable<TestCaseData> Leaves =>
        Commands.Where(command => command.Subcommands.Count == 0)
            .Select(command => new TestCaseData(command.Spelled()).SetArgDisplayNames(command.Spelled()));

    private static IEnumerable<TestCaseData> Groups =>
        Commands.Where(command => command.Subcommands.Count > 0).Select(
            command => new TestCaseData(command.Spelled()).SetArgDisplayNames(command.Spelled()));

    private static IEnumerable<TestCaseData> ValuedOptions => Commands
        .SelectMany(command => command.Options.Where(option => option.Arity.MaximumNumberOfValues > 0)
            .SelectMany(option => option.Aliases.Prepend(option.Name).Select(spelling => (command.Spelled(), spelling))))
        .Select(pair => new TestCaseData(pair.Item1, pair.spelling).SetArgDisplayNames(pair.Item1, pair.spelling));

    [Test]
    public void The_tree_is_found()
    {
        Assert.That(
            Commands.Select(command => command.Spelled()).ToArray(),
            Has.Length.GreaterThan(40).And.Contains("hoop admin federation test").And.Contains("hoop start agent"));
    }

    /// <summary>Where the other codes are another program's, hoop's own failure is none of them.</summary>
    private static int FailureOf(string command) => command is "hoop exec" or "hoop connect" ? 255 : 1;

    [TestCaseSource(nameof(Every))]
    public async Task An_unknown_option_is_refused_by_name(string command)
    {
        var (code, output, error) = await Run([.. Words(command), "--no-such-option"]);

        Assert.That((code, output), Is.EqualTo((FailureOf(command), "")));
        Assert.That(error, Does.StartWith("error: unknown option --no-such-option").And.Contain($"\nhelp:  {command} --help\n"));
    }

    [TestCaseSource(nameof(Every))]
    public async Task An_unknown_option_after_a_name_is_refused_by_name(string command)
    {
        var (code, output, error) = await Run([.. Words(command), "some-name", "--no-such-option"]);

        Assert.That((code, output), Is.EqualTo((FailureOf(command), "")));
        Assert.That(error, Does.StartWith("error: unknown option --no-such-option").Or.StartWith("error: unknown command some-name\n"));
    }

    [TestCaseSource(nameof(Every))]
    public async Task An_unknown_letter_is_refused_by_name(string command)
    {
        var (code, _, error) = await Run([.. Words(command), "-X"]);

        Assert.That(code, Is.EqualTo(FailureOf(command)));
        Assert.That(error, Does.StartWith("error: unknown option -X"));
    }

    [TestCaseSource(nameof(ValuedOptions))]
    public async Task An_option_does_not_swallow_the_next_one(string command, string option)
    {
        foreach (var rest in new[] { [], new[] { "--" }, ["--debug"], ["--no-such-option"], ["-x"] })
        {
            var (code, output, error) = await Run([.. Words(command), option, .. rest]);

            Assert.That((code, output), Is.EqualTo((FailureOf(command), "")));
            Assert.That(error, Does.StartWith($"error: {option} needs a value"));
        }
    }

    [TestCaseSource(nameof(Groups))]
    public async Task A_group_without_a_command_complains_with_its_help(string command)
    {
        var (code, output, error) = await Run(Words(command));

        Assert.That((code, output), Is.EqualTo((1, "")));
        Assert.That(error, Does.StartWith($"error: {command} needs a command\n").And.Contain("\nUsage:\n"));
    }

    [TestCaseSource(nameof(Every))]
    public async Task Each_spelling_of_help_is_the_same_help(string command)
    {
        var help = await Run([.. Words(command), "--help"]);

        Assert.That((help.Code, help.Error), Is.EqualTo((0, "")));
        Assert.That(help.Out, Does.Contain($"Usage:\n  {command}"));
        Assert.That(await Run([.. Words(command), "-h"]), Is.EqualTo(help));
        Assert.That(await Run(["help", .. Words(command)]), Is.EqualTo(help));
    }

    [TestCaseSource(nameof(Leaves))]
    public async Task Each_command_has_an_example_that_its_own_parser_takes(string command)
    {
        var help = (await Run([.. Words(command), "--help"])).Out;

        Assert.That(help, Does.Contain("\nExamples:\n"));
        foreach (var example in help[help.IndexOf("\nExamples:\n", StringComparison.Ordinal)..].Replace("\\\n", " ",
            StringComparison.Ordinal).Split('\n').Where(line => line.Contains("hoop ", StringComparison.Ordinal)))
        {
            // Without the variables before it; the options need no value that a shell would split.
            var words = CommandLineParser.SplitCommandLine(
                example[(example.IndexOf("hoop ", StringComparison.Ordinal) + 5)..].TrimEnd(')').Replace("hoop start agent", "",
                    StringComparison.Ordinal)).ToArray();
            if (!example.Contains("$(", StringComparison.Ordinal))
            {
                Assert.That(Hoop.Cli.CommandLine.Words.Read(HoopCommand.Root(), words).Problem, Is.Null, example);
            }
        }
    }

    [Test]
    public async Task No_help_is_wider_than_a_page()
    {
        foreach (var command in Commands)
        {
            var help = (await Run([.. Words(command.Spelled()), "--help"])).Out;

            Assert.That(help.Split('\n').Where(line => line.Length > 140), Is.Empty, command.Spelled());
        }
    }

    [Test]
    public async Task The_help_of_all_tells_variables_exit_codes_and_where_to_read_on()
    {
        Assert.That(
            (await Run(["--help"])).Out,
            Does.Contain("\nEnvironment:\n  HOOP_APIURL ").And.Contain("\nExit codes:\n  0  done\n  1  ").And.Contain("docs/cli.md"));
    }

    [Test]
    public async Task The_help_of_get_lists_the_filters_of_each_kind()
    {
        Assert.That(
            (await Run(["admin", "get", "--help"])).Out,
            Does.Contain("\nFilters (-q):\n  agents           status=online, status=offline\n"));
    }

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(Below).Prepend(command);

    private static string[] Words(string command) => command.Split(' ')[1..];

    private static async Task<(int Code, string Out, string Error)> Run(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await HoopCommand.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
