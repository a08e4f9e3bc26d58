using Hoop.Cli;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Help, versions, and command lines that make no sense.</summary>
public sealed class CommandLineTests
{
    [TestCase("--help")]
    [TestCase("help")]
    [TestCase("help admin create")]
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

        Assert.That(
            ran.Out,
            Does.Contain("Examples:\n  hoop admin federation set my-bq --file federation.yaml --credentials-file ./hoop-admin-sa.json\n"));
    }

    [TestCase("version")]
    [TestCase("--version")]
    [TestCase("-v")]
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
    [TestCase("admin get agents -o yml", "-o yml: there is no such format; did you mean yaml?", "hoop admin get agents [NAME] [options]")]
    [TestCase(
        "admin get agents -o xml",
        "-o xml: there is no such format; the formats are json, yaml, name, wide",
        "hoop admin get agents [NAME] [options]")]
    [TestCase("admin federation test", "missing --connection, --user-email, --credentials-file", "hoop admin federation test [options]")]
    [TestCase("config create", "missing --api-url", "hoop config create [options]")]
    [TestCase(
        "admin create serviceaccount --admin",
        "unknown option --admin; there are --name, --groups, --issuer, ",
        "hoop admin create serviceaccount SUBJECT [options]")]
    [TestCase("admin get agents --json", "unknown option --json; did you mean -o json?", "hoop admin get agents [NAME] [options]")]
    [TestCase(
        "admin rotate-key agent --yes",
        "unknown option --yes; nothing asks for a confirmation, so leave it away",
        "hoop admin rotate-key agent NAME [options]")]
    [TestCase("admin get connection --names", "unknown option --names; there are ", "hoop admin get connections [NAME] [options]")]
    [TestCase("admin federation delete --yes", "unknown option --yes; nothing asks", "hoop admin federation delete CONNECTION [options]")]
    [TestCase("admin feature-flag enable --all", "unknown option --all; there are ", "hoop admin feature-flag enable NAME [options]")]
    [TestCase(
        "admin spiffe resolve --token",
        "unknown option --token; did you mean --token-file?",
        "hoop admin spiffe resolve [SPIFFE_ID] [options]")]
    [TestCase("config view --json", "unknown option --json; did you mean -o json?", "hoop config view [KEY] [options]")]
    [TestCase(
        "admin federation set --fil federation.yaml my-bq",
        "unknown option --fil; did you mean --file?",
        "hoop admin federation set CONNECTION [options]")]
    [TestCase("admin get agents -output json", "unknown option -output; did you mean --output?", "hoop admin get agents [NAME] [options]")]
    [TestCase("admin get agents --debug=true", "--debug takes no value", "hoop admin get agents [NAME] [options]")]
    [TestCase("admin delete agent -", "- is not a name", "hoop admin delete agent NAME [options]")]
    [TestCase("admin delete agent/-x --yes", "unknown option --yes; nothing asks", "hoop admin delete agent NAME [options]")]
    [TestCase(
        "admin create connection my-bq -a web psql -h db",
        "psql: the command of the connection, and whatever belongs to it, stands after --",
        "hoop admin create connection NAME [options] -- COMMAND...")]
    [TestCase(
        "admin create connection -a web -- psql",
        "missing connection name before --",
        "hoop admin create connection NAME [options] -- COMMAND...")]
    [TestCase(
        "admin -- get agents",
        "-- stands after the command, before what must not be taken for an option",
        "hoop admin COMMAND [options]")]
    [TestCase("nosuch --help", "unknown command nosuch", "hoop COMMAND [options]")]
    [TestCase("help nosuch", "unknown command nosuch", "hoop COMMAND [options]")]
    [TestCase("list", "unknown command list; list with: hoop admin get TYPE", "hoop COMMAND [options]")]
    [TestCase("admin list agents", "unknown command list; list with: hoop admin get TYPE", "hoop admin COMMAND [options]")]
    [TestCase(
        "config create --api-key hpk_x",
        "unknown option --api-key; every process of this machine can read an argument",
        "hoop config create [options]")]
    public async Task A_wrong_command_line_says_what_and_how(string arguments, string problem, string usage)
    {
        using var hoop = new HoopProcess();

        var ran = await hoop.Run(arguments.Split(' '));

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.StartWith($"error: {problem}").And.Contain($"\nusage: {usage}\nhelp:  hoop "));
    }

    [Test]
    [Description("U18")]
    public async Task A_connection_without_a_command_is_refused()
    {
        using var hoop = new HoopProcess();

        var ran = await hoop.Run("admin", "create", "connection", "my-bq", "-a", "web");

        Assert.That(
            ran,
            Is.EqualTo(
                new Ran(1, "", "error: a connection needs a command: hoop admin create connection my-bq -a web -- PROGRAM ARGUMENT...\n")));
    }

    [TestCase("postgres", "database/postgres")]
    [TestCase("ssh", "application/ssh")]
    [TestCase("bigquery/x", "custom/bigquery")]
    [Description("U18")]
    public async Task A_type_that_is_a_subtype_says_the_whole_type(string type, string meant)
    {
        using var hoop = new HoopProcess();

        var ran = await hoop.Run("admin", "create", "connection", "my-bq", "-a", "web", "-t", type, "--", "psql");

        Assert.That(
            ran,
            Is.EqualTo(new Ran(1, "", $"error: -t {type}: the type is database, application or custom, then a slash and the subtype, "
                + $"such as {meant}\n")));
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

        Assert.That(
            ran,
            Is.EqualTo(
                new Ran(1, "", "error: HOOP_KEY: set it to the agent's key, or HOOP_SPIFFE_KEY_FILE to a file that holds a JWT-SVID\n")));
    }
}
