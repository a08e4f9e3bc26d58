using System.Diagnostics;
using System.Text;
using Hoop.Cli;
using Hoop.EndToEnd.Tests.Cli;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>
/// <c>hoop exec</c> and <c>hoop connect</c> as people use them: the real program, a gateway, and the real agent in a process of its own.
/// </summary>
internal sealed class SessionTests
{
    private static readonly string Program = typeof(HoopCommand).Assembly.Location;

    private string _folder = null!;
    private GoogleStandIn _google = null!;
    private TestGateway _gateway = null!;
    private ConnectedAgent _agent = null!;
    private HoopProcess _hoop = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _folder = Directory.CreateTempSubdirectory("hoop-sessions-").FullName;
        _google = await GoogleStandIn.Start();
        _gateway = await TestGateway.Start(new Dictionary<string, string?>
        {
            ["HOOP_GCP_IAM_ENDPOINT"] = _google.Address, ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = _google.TokenUri,
        });
        _agent = await ConnectedAgent.Start(_gateway.Operator, _folder);
        _hoop = new HoopProcess(_gateway.Address, TestGateway.AdminToken);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _agent.DisposeAsync();
        await _gateway.DisposeAsync();
        await _google.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    [Description("F2: closed, given and piped input")]
    public async Task Exec_runs_a_script_given_or_piped_and_ends_with_the_commands_exit_code()
    {
        var cat = await _agent.Connection("cat");

        var given = await _hoop.Run("exec", cat, "-i", "SELECT 1");
        var piped = await _hoop.RunWithInput("line 1\nline 2\n", "exec", cat);
        var empty = await _hoop.RunWithInput("", "exec", cat);
        var failed = await _hoop.Run("exec", await _agent.Connection("sh", "-c", "echo out; echo oops >&2; exit 42"));

        Assert.That(given, Is.EqualTo(new Ran(0, "SELECT 1", "")));
        Assert.That(piped, Is.EqualTo(new Ran(0, "line 1\nline 2\n", "")));
        Assert.That(empty, Is.EqualTo(new Ran(0, "", "")));
        Assert.That(failed, Is.EqualTo(new Ran(42, "out\n", "oops\n")), "the two outputs stay apart");
    }

    [Test]
    [Description("F3, F4, F6")]
    public async Task A_command_has_three_descriptors_and_leaves_no_grandchild_that_holds_the_session()
    {
        var started = Stopwatch.GetTimestamp();
        var ran = await _hoop.Run(
            "exec",
            await _agent.Connection(
                "sh", "-c", $"for n in {string.Join(' ', Enumerable.Range(3, 30))}; do test -e /proc/$$/fd/$n && echo $n; done; "
                    + "sleep 300 & echo started; exit 3"),
            "-i", "not read");

        Assert.That((ran.Code, ran.Out), Is.EqualTo((3, "started\n")), ran.Error);
        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(30)));
    }

    [Test]
    [Description("F1: a slow reader gets every line, and the exit code after the last of them")]
    public async Task Two_million_lines_arrive_whole_at_a_slow_reader()
    {
        var many = await _agent.Connection("sh", "-c", "seq 1 2000000; exit 7");
        var slow = Path.Join(_folder, "slow.sh");
        // A pipe's reader that stops now and then; the sum tells whether anything is missing, twice or out of order.
        await File.WriteAllTextAsync(slow, $$"""
            {{Dotnet}} exec {{many}} -i '' > >(awk '
              NR % 500000 == 0 { system("sleep 0.3") } { if ($1 != NR) bad = 1 } END { print NR, bad + 0 }')
            code=$?
            wait
            echo "code $code"
            """);

        var ran = await Bash(slow);

        Assert.That(ran.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EquivalentTo(new[] { "2000000 0", "code 7" }));
    }

    [Test]
    [Description("F1: no exit frame is a failure, never 0")]
    public async Task An_agent_that_dies_in_the_middle_is_a_failure_and_not_the_end_of_the_command()
    {
        await using var mortal = await ConnectedAgent.Start(_gateway.Operator, _folder, "mortal");
        var name = await mortal.Connection("sh", "-c", "echo begun; sleep 600");
        var running = _hoop.Run("exec", name, "-i", "");
        await mortal.Running(name);

        await mortal.Process.End(ChildProcess.SigKill);

        var ran = await running;
        Assert.That(ran.Code, Is.EqualTo(255));
        Assert.That(ran.Error, Does.Contain("agent_disconnected").And.Not.Contain("\n\n"));
    }

    [Test]
    [Description("F5: killing the session kills what it started")]
    public async Task A_killed_session_ends_its_command_and_says_who_ended_it()
    {
        var pid = Path.Join(_folder, "killed-pid");
        var name = await _agent.Connection("sh", "-c", $"sleep 600 & echo $! > {pid}; wait");
        var running = _hoop.Run("exec", name, "-i", "");
        var id = await _agent.Running(name);
        await Eventually.True(() => File.Exists(pid) && File.ReadAllText(pid).EndsWith('\n'), () => "the command does not run");

        var killed = await _hoop.Run("admin", "kill", "session", id);

        var ran = await running;
        Assert.That(killed, Is.EqualTo(new Ran(0, $"session \"{id}\" killed\n", "")));
        Assert.That((ran.Code, ran.Error), Is.EqualTo((255, $"error: the session {id} did not come to its end: killed\n")));
        Assert.That(Directory.Exists($"/proc/{File.ReadAllText(pid).Trim()}"), Is.False, "what the command started lives on");
        Assert.That((await _gateway.Operator.Get($"/api/sessions/{id}")).Text("status"), Is.EqualTo("ended"));
    }

    [Test]
    [Description("F5: a caller that goes away")]
    public async Task A_caller_that_is_killed_ends_its_command()
    {
        var pid = Path.Join(_folder, "left-pid");
        var name = await _agent.Connection("sh", "-c", $"echo $$ > {pid}; exec sleep 600");
        await using (var caller = ChildProcess.Start(
            Program, _folder, HoopVariables, "exec", name, "-i", ""))
        {
            await _agent.Running(name);
            await Eventually.True(() => File.Exists(pid) && File.ReadAllText(pid).EndsWith('\n'), () => "the command does not run");
            await caller.End(ChildProcess.SigKill);
        }

        await Eventually.True(() => !Directory.Exists($"/proc/{File.ReadAllText(pid).Trim()}"), () => "the command lives on");
        await _agent.Ended(name);
    }

    [Test]
    [Description("F9: the size is there before the program is; F7: bytes stay bytes")]
    public async Task Connect_on_a_terminal_gives_the_program_one_with_its_size_and_its_signals()
    {
        var files = Directory.CreateDirectory(Path.Join(_folder, "terminal")).FullName;
        var shell = await _agent.Connection(
            "sh", "-c", $"stty size; tty >/dev/null && echo terminal $TERM; touch {files}/begun; exec sh");
        var script = Path.Join(files, "terminal.sh");
        // script(1) gives hoop a terminal; what it types is what a person would. ^C ends the sleep, not the shell.
        await File.WriteAllTextAsync(script, $$"""
            when() { until [ -e {{files}}/$1 ]; do sleep 0.1; done; }
            stty rows 33 columns 111 2>/dev/null
            (when begun; printf 'echo ÄÖ€ $((40+2))\r'; printf '%s\r' "sh -c 'touch {{files}}/asleep; exec sleep 500'"
             when asleep; printf '\003exit 9\r'; when over) |
              script -qec "stty rows 33 columns 111; TERM=xterm-256color {{Dotnet}} connect {{shell}}; echo code \$?; touch {{files}}/over" /dev/null
            """);

        var ran = await Bash(script);

        Assert.That(ran, Does.Contain("33 111").And.Contain("terminal xterm-256color").And.Contain("ÄÖ€ 42").And.Contain("code 9"));
    }

    [Test]
    [Description("F9")]
    [TestCase(0, 0)]
    [TestCase(80, 100_000)]
    public async Task A_terminal_without_a_size_is_refused(int columns, int rows)
    {
        var name = await _agent.Connection("cat");
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {TestGateway.AdminToken}");
        await socket.ConnectAsync(
            new UriBuilder(_gateway.Address) { Scheme = "ws", Path = "/api/sessions/stream" }.Uri, CancellationToken.None);
        var terminal = $$"""{"name":"xterm","columns":{{columns}},"rows":{{rows}}}""";
        var opening = $$"""{"type":"open","connection":"{{name}}","terminal":{{terminal}}}""";
        await socket.SendAsync(
            Encoding.UTF8.GetBytes(opening), System.Net.WebSockets.WebSocketMessageType.Text, true, CancellationToken.None);
        var buffer = new byte[4096];
        var answer = await Eventually.Ends(socket.ReceiveAsync(buffer, CancellationToken.None), "there is no answer");

        Assert.That(
            Encoding.UTF8.GetString(buffer, 0, answer.Count), Does.Contain("\"refused\"").And.Contain("columns and rows from 1 to 10000"));
    }

    [Test]
    public async Task Secrets_in_files_are_the_commands_own_and_go_with_it()
    {
        var name = await _agent.Connection(
            new Dictionary<string, string> { ["filesystem:PG_CA"] = Convert.ToBase64String("the secret"u8) },
            "sh", "-c", "cat \"$PG_CA\"; stat -c ' %a' \"$PG_CA\"; stat -c %a \"$(dirname \"$PG_CA\")\"; echo \"$PG_CA\"");

        var ran = await _hoop.Run("exec", name, "-i", "");

        var lines = ran.Out.Split('\n');
        Assert.That(lines[..2], Is.EqualTo(new[] { "the secret 600", "700" }), ran.Error);
        Assert.That(lines[2], Does.StartWith(Path.Join(_folder, ".hoop", "agent")));
        Assert.That(File.Exists(lines[2]), Is.False);
    }

    [Test]
    [Description("F5, and files of a killed agent")]
    public async Task An_agent_that_was_killed_leaves_secrets_that_the_next_one_removes()
    {
        var home = Directory.CreateDirectory(Path.Join(_folder, "killed-home")).FullName;
        string path, key;
        await using (var agent = await ConnectedAgent.Start(_gateway.Operator, home, "killed"))
        {
            key = agent.Key;
            var name = await agent.Connection(
                new Dictionary<string, string> { ["filesystem:KEY"] = Convert.ToBase64String("s"u8) },
                "sh", "-c", $"echo $KEY > {home}/path; exec sleep 600");
            var running = _hoop.Run("exec", name, "-i", "");
            await Eventually.True(
                () => File.Exists($"{home}/path") && File.ReadAllText($"{home}/path").EndsWith('\n'), () => "the command does not run");
            path = File.ReadAllText($"{home}/path").Trim();
            await agent.Process.End(ChildProcess.SigKill);
            Assert.That((await running).Code, Is.EqualTo(255));
        }

        Assert.That(File.Exists(path), Is.True, "a killed process removes nothing, so the case shows nothing");
        await using var next = await ConnectedAgent.Run(key, home, "killed");
        Assert.That(File.Exists(path), Is.False);
        await next.Said("removed the secret files");
    }

    [Test]
    [Description("F8: a reader that has gone")]
    public async Task Output_that_nobody_reads_any_more_ends_hoop_and_the_command()
    {
        var pid = Path.Join(_folder, "unheard-pid");
        var name = await _agent.Connection("sh", "-c", $"echo $$ > {pid}; exec yes");
        var script = Path.Join(_folder, "unheard.sh");
        await File.WriteAllTextAsync(script, $$"""
            {{Dotnet}} exec {{name}} -i '' 2>&1 | head -n 2
            echo "code ${PIPESTATUS[0]}"
            """);

        Assert.That(await Bash(script), Is.EqualTo("y\ny\ncode 141\n"));
        await Eventually.True(() => !Directory.Exists($"/proc/{File.ReadAllText(pid).Trim()}"), () => "the command goes on");
        await _agent.Ended(name);
    }

    [Test]
    [Description("A session longer than its token reads a fresh one")]
    public async Task A_command_that_runs_longer_than_its_token_finds_a_fresh_one_in_the_same_file()
    {
        const string Robots = "robots@my-proj.iam.gserviceaccount.com";
        _google.Grant(Robots);
        var name = await _agent.Connection(
            "sh", "-c", "f=$HOOP_GCP_ACCESS_TOKEN_FILE; stat -c %a $f; old=$(cat $f); echo $old; "
                + "while test \"$(cat $f)\" = \"$old\"; do sleep 0.1; done; cat $f; echo; stat -c %a $f; echo $HOOP_GCP_ACCESS_TOKEN");
        await _gateway.Operator.Put("/api/feature-flags/experimental.iam_federation", new { enabled = true });
        var policy = await _gateway.Operator.Put($"/api/connections/{name}/federation", new
        {
            hook_source = "builtin", builtin_provider = "gcp_iam", identity_source_attribute = "id", identity_target_template = Robots,
            token_ttl_seconds = 6, extra_config = new { project_id = "my-proj" },
            admin_credentials_json = _google.CreateAdminCredentials("my-proj", "hoop-admin"),
        });
        Assert.That((int)policy.Status, Is.EqualTo(200), policy.Message);

        var ran = await _hoop.Run("exec", name, "-i", "");

        Assert.That(ran.Code, Is.Zero, ran.Error);
        var lines = ran.Out.Split('\n');
        Assert.That((lines[0], lines[3]), Is.EqualTo(("600", "600")));
        Assert.That((_google.Owner(lines[1]), _google.Owner(lines[2])), Is.EqualTo((Robots, Robots)));
        Assert.That(lines[2], Is.Not.EqualTo(lines[1]));
        Assert.That(lines[4], Is.EqualTo(lines[1]), "a variable stays as it was");
        Assert.That(_agent.Process.Errors, Has.None.Contains(lines[1]).And.None.Contains(lines[2]), "tokens are not logged");
    }

    [Test]
    public async Task What_refuses_the_session_is_told_with_255()
    {
        var absent = await _hoop.Run("exec", "no-such-connection", "-i", "");
        var wrong = await _hoop.Run("exec", await _agent.Connection("no-such-program"), "-i", "", "--correlation-id", "ticket 1");

        Assert.That(absent, Is.EqualTo(new Ran(255, "", "error: connection not found. Which there are: hoop admin get connections\n")));
        Assert.That((wrong.Code, wrong.Error), Is.EqualTo((255, "error: command \"no-such-program\" was not found on the agent\n")));
        var rows = await _hoop.Run("admin", "get", "sessions", "-q", "correlation_id=ticket 1");
        Assert.That(rows.Out, Does.Contain("FAILED").And.Contain("not_started"));
    }

    private string Dotnet => $"HOOP_APIURL={_gateway.Address} HOOP_TOKEN={TestGateway.AdminToken} dotnet '{Program}'";

    private Dictionary<string, string> HoopVariables => new(StringComparer.Ordinal)
    {
        ["HOOP_APIURL"] = _gateway.Address.ToString(), ["HOOP_TOKEN"] = TestGateway.AdminToken,
    };

    private static async Task<string> Bash(string script)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [script])
        {
            RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false,
        })!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(ChildProcess.Limit);
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return output;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
