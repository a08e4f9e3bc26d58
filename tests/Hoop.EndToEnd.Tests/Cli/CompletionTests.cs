using Hoop.Cli;
using Hoop.EndToEnd.Tests.RealProcesses;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

public sealed class CompletionTests
{
    [TestCase("adm", "admin")]
    [TestCase("admin get trust", "trust-domains")]
    [TestCase("admin fed ge", "get")]
    [TestCase("admin get agents --out", "--output")]
    [TestCase("admin get agents -o js", "json")]
    [TestCase("completion b", "bash")]
    [TestCase("admin get agents --output json --tim", "--timeout")]
    public async Task What_fits_is_offered(string typed, string offered) => Assert.That(await Offers(typed), Does.Contain(offered));

    [TestCase("nonsense x")]
    [TestCase("admin get agents -- ")]
    [TestCase("admin get agents --timeout ")]
    [TestCase("admin get zzz")]
    public async Task Where_nothing_fits_nothing_is_said(string typed) => Assert.That(await Offers(typed), Is.Empty);

    [Test]
    public async Task After_a_group_all_its_commands_are_offered() => Assert.That(
        await Offers("admin "), Is.SupersetOf(new[] { "create", "delete", "federation", "get" }).And.Ordered);

    [Test]
    [Description("C9: completion ran the whole start: telemetry, log-in, network")]
    public async Task Neither_configuration_nor_network_is_looked_at()
    {
        var before = Environment.GetEnvironmentVariable("HOOP_APIURL");
        Environment.SetEnvironmentVariable("HOOP_APIURL", "not an address");
        try
        {
            Assert.That(await Offers("admin get ag"), Does.Contain("agents"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("HOOP_APIURL", before);
        }
    }

    /// <summary>The script of bash, in bash, with a function in place of the program.</summary>
    [TestCase("bash", """
        hoop() { [[ $1 == __complete ]] && shift && printf 'got:%s\n' "$@"; }
        COMP_WORDS=(hoop admin get 'a b') COMP_CWORD=3
        _hoop
        printf '%s\n' "${COMPREPLY[@]}"
        """)]
    public async Task The_script_hands_the_words_over_as_they_are(string shell, string use)
    {
        var script = (await Run("completion", shell)).Output;
        var (code, output) = await MachineProgram.Run(shell, "-c", script + use);

        Assert.That((code, output), Is.EqualTo((0, "got:admin\ngot:get\ngot:a b\n")));
    }

    [TestCase("zsh")]
    [TestCase("fish")]
    public async Task The_shell_reads_its_script(string shell)
    {
        var script = (await Run("completion", shell)).Output;
        var (code, output) = await MachineProgram.Run(shell, "-c", shell == "zsh" ? "autoload -U compinit; compinit -D -u\n" + script : script);

        Assert.That((code, output), Is.EqualTo((0, "")));
    }

    [Test]
    public async Task An_unknown_shell_is_refused_with_those_that_are_known()
    {
        var (code, _, error) = await Run("completion", "csh");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(error, Does.Contain("bash").And.Contain("powershell"));
    }

    private static async Task<string[]> Offers(string typed)
    {
        var (code, output, error) = await Run(["__complete", .. typed.Split(' ')]);
        Assert.That((code, error), Is.EqualTo((0, "")));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await HoopCommand.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
