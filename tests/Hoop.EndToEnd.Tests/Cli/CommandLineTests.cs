using Hoop.Cli;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Help, versions, and command lines that make no sense.</summary>
public sealed class CommandLineTests
{
    [TestCase("--help")]
    [TestCase("")]
    [TestCase("admin")]
    [TestCase("admin get --help")]
    [TestCase("admin federation test -h")]
    [TestCase("start agent --help")]
    public async Task Help_goes_to_standard_output(string arguments)
    {
        using var hoop = new HoopProcess();

        var ran = await hoop.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.That((ran.Code, ran.Error), Is.EqualTo((0, "")));
        Assert.That(ran.Out, Does.Contain("Usage:\n  hoop"));
    }

    [Test]
    public async Task Help_ends_with_examples()
    {
        using var hoop = new HoopProcess();

        var ran = await hoop.Run("admin", "federation", "set", "--help");

        Assert.That(ran.Out, Does.Contain("Examples:\n  hoop admin federation set my-bq --file federation.yaml --credentials-file ./hoop-admin-sa.json\n"));
    }

    [TestCase("version")]
    [TestCase("--version")]
    public async Task The_version_is_one_line(string spelling)
    {
        using var hoop = new HoopProcess();

        Assert.That(await hoop.Run(spelling), Is.EqualTo(new Ran(0, $"hoop {HoopCommand.Version}\n", "")));
    }

    [TestCase("amdin", "unknown command amdin; did you mean admin?", "hoop COMMAND [options]")]
    [TestCase("admin gte agents", "unknown command gte; did you mean get?", "hoop admin COMMAND [options]")]
    [TestCase("admin get agnets", "unknown command agnets; did you mean agents?", "hoop admin get COMMAND [options]")]
    [TestCase("admin get elephants", "unknown command elephants", "hoop admin get COMMAND [options]")]
    [TestCase("admin create agent", "missing agent name", "hoop admin create agent NAME [options]")]
    [TestCase("admin delete connection", "missing connection name", "hoop admin delete connection NAME [options]")]
    [TestCase("admin create agent web --moed x", "unknown option --moed; did you mean --mode?", "hoop admin create agent NAME [options]")]
    [TestCase("admin get agents -o yaml", "-o yaml: the only output format is json", "hoop admin get agents [NAME] [options]")]
    [TestCase("admin federation test", "missing --connection, --user-email, --credentials-file", "hoop admin federation test [options]")]
    [TestCase("config create", "missing --api-url", "hoop config create [options]")]
    public async Task A_wrong_command_line_says_what_and_how(string arguments, string problem, string usage)
    {
        using var hoop = new HoopProcess();

        var ran = await hoop.Run(arguments.Split(' '));

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.StartWith($"error: {problem}\nusage: {usage}\nhelp:  hoop "));
    }

    [Test]
    public async Task A_wrong_argument_cannot_drive_the_terminal()
    {
        using var hoop = new HoopProcess();

        var ran = await hoop.Run("admin", "\u001b[2J");

        Assert.That(ran.Error, Does.StartWith("error: unknown command \\u001b[2J\n"));
    }

    [Test]
    public async Task An_agent_without_credential_says_which_variable_to_set()
    {
        using var hoop = new HoopProcess();

        var ran = await hoop.Run("start", "agent");

        Assert.That(ran, Is.EqualTo(new Ran(1, "", "error: HOOP_KEY: set it to the agent's key, or HOOP_SPIFFE_KEY_FILE to a file that holds a JWT-SVID\n")));
    }
}
