using System.Diagnostics;
using Hoop.EndToEnd.Tests.RealProcesses;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>
/// Output that cannot be written is told and is no success; a reader that has gone is nobody to tell. The real program, with the
/// redirections of a shell. What <c>hoop exec</c> does stands in the transcript of the walk, too.
/// </summary>
public sealed class UnwrittenOutputTests
{
    private const string Full = "error: cannot write the output: No space left on device\n";
    private const string Agents = """[{"id":"018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f","name":"web","status":"CONNECTED"}]""";

    private StubGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await StubGateway.Start();
        _gateway.On("GET /api/agents", 200, Agents).On("DELETE /api/agents/web", 204)
            .On("GET /api/agents/web", 200, Agents[1..^1]).On("POST /api/agents", 201, """{"id":"1","token":"key-canary"}""");
        _hoop = new HoopProcess(_gateway.Address);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [TestCase("--help")]
    [TestCase("help admin get")]
    [TestCase("--version")]
    [TestCase("version --client")]
    [TestCase("completion bash")]
    [TestCase("admin get agents")]
    [TestCase("admin get agents -o json")]
    [TestCase("admin get agents -o yaml")]
    [TestCase("admin get agents -o name")]
    [TestCase("admin get agents -o wide")]
    [TestCase("admin get agents --watch")]
    [TestCase("admin describe agent web")]
    [TestCase("admin delete agent web")]
    public async Task On_a_full_disk_one_line_says_so_and_the_code_is_1(string arguments) =>
        Assert.That(await Bash($"hoop {arguments} > /dev/full"), Is.EqualTo(new Ran(1, "", Full)));

    [TestCase("--help")]
    [TestCase("completion bash")]
    [TestCase("admin get agents")]
    [TestCase("admin get agents -o json")]
    [TestCase("admin get agents --watch")]
    [TestCase("admin describe agent web")]
    [Description("A watch that nobody reads would go on for ever")]
    public async Task With_a_reader_that_has_gone_it_ends_silently_as_any_program_does(string arguments) => Assert.That(
        await Bash($"exec 3> >(exit 0); wait $!; hoop {arguments} >&3"), Is.EqualTo(new Ran(141, "", "")));

    [Test]
    public async Task A_watch_that_has_nothing_to_tell_notices_that_its_reader_has_gone() => Assert.That(
        await Bash("hoop admin get agents -o name --watch | head -n 1; exit ${PIPESTATUS[0]}"),
        Is.EqualTo(new Ran(141, "added agent/web\n", "")));

    [Test]
    public async Task A_key_that_was_shown_to_nobody_is_no_success()
    {
        var ran = await Bash("hoop admin create agent web > /dev/full");

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(ran.Error, Does.EndWith(Full).And.Not.Contains("canary"));
    }

    [TestCase("admin get nothing 2> /dev/full", 1)]
    [TestCase("admin get agents > /dev/full 2> /dev/full", 1)]
    [TestCase("admin get agents -o name 2> /dev/full", 0)]
    public async Task What_cannot_be_told_changes_no_exit_code(string line, int code)
    {
        var ran = await Bash($"hoop {line}");

        Assert.That((ran.Code, ran.Error), Is.EqualTo((code, "")));
    }

    private async Task<Ran> Bash(string line)
    {
        var words = string.Join(' ', HoopProgram.With().Prepend(HoopProgram.File).Select(word => $"'{word}'"));
        var start = new ProcessStartInfo("bash", ["-c", $"hoop() {{ {words} \"$@\"; }}; {line}"])
        {
            WorkingDirectory = _hoop.Home, UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start.Isolate(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = _hoop.Home, ["HOOP_APIURL"] = _gateway.Address.ToString(), ["HOOP_TOKEN"] = HoopProcess.Token,
        }))!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(ChildProcess.Limit);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        return new Ran(process.ExitCode, await output, await errors);
    }
}
