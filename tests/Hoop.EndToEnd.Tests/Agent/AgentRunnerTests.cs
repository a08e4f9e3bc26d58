using System.Net;
using Hoop.Cli.Agent;
using Hoop.EndToEnd.Tests.Agent.Execution;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent;

internal sealed class AgentRunnerTests
{
    private readonly AgentCredential _key = AgentCredential.FromKey("xagt-abc");
    private TestGateway _gateway = new();
    private string _file = "";

    [SetUp]
    public async Task Start()
    {
        _gateway = new TestGateway();
        await _gateway.Start();
        _file = Path.GetTempFileName();
    }

    [TearDown]
    public async Task Stop()
    {
        await _gateway.DisposeAsync();
        File.Delete(_file);
    }

    [Test]
    public async Task It_connects_with_its_key_says_hello_and_beats()
    {
        await using var agent = new RunningAgent(
            _gateway, _key, options => options with { AllowedCommands = ["bq"], ExpectedName = "prod" });

        await agent.Says($"connected to {_gateway.Address.AbsoluteUri.TrimEnd('/')} as agent prod (spiffe://example.org/agent/prod)");
        await Eventually.True(() => _gateway.Heartbeats > 0, () => "no heartbeat");

        Assert.That(_gateway.Authorizations, Is.EqualTo(["Bearer xagt-abc"]));
        Assert.That(_gateway.Hellos.Single(), Has.Property(nameof(AgentHello.Hostname)).EqualTo(Environment.MachineName)
            .And.Property(nameof(AgentHello.AllowedCommands)).EqualTo(new[] { "bq" })
            .And.Property(nameof(AgentHello.Platform)).StartsWith("linux/")
            .And.Property(nameof(AgentHello.Version)).EqualTo("0.1.0"));
        Assert.That(agent.Log, Does.Not.Contain("xagt-abc").And.Not.Contain("warning"));
    }

    [Test]
    public async Task It_runs_what_the_gateway_asks_for_and_logs_no_argument()
    {
        await using var agent = new RunningAgent(_gateway, _key);
        await agent.Says("connected");

        var result = await _gateway.Agent.Execute(CommandFixture.Request("printf", "%s", "top secret"));

        Assert.That((result.Status, result.ExitCode, result.Output), Is.EqualTo((ExecutionStatus.Success, (int?)0, "top secret")));
        await agent.Says($"ran \"printf\" for {result.Id}: success, exit code 0");
        Assert.That(agent.Log, Does.Not.Contain("top secret"));
    }

    [Test]
    public async Task Commands_run_side_by_side_and_large_outputs_come_through()
    {
        await using var agent = new RunningAgent(_gateway, _key);
        await agent.Says("connected");
        var fifo = Path.Join(Path.GetTempPath(), $"hoop-{Guid.NewGuid():N}");
        await _gateway.Agent.Execute(CommandFixture.Request("mkfifo", fifo));
        var large = CommandFixture.Shell("head -c 2000000 /dev/zero | tr '\\0' '\\033'") with { OutputLimitBytes = 4_000_000 };

        // A reader and a writer of one fifo end only together.
        var results = await Task.WhenAll(
            _gateway.Agent.Execute(CommandFixture.Request("cat", fifo)),
            _gateway.Agent.Execute(large),
            _gateway.Agent.Execute(CommandFixture.Shell($"echo met > {fifo}")));
        File.Delete(fifo);

        Assert.That(results.Select(result => result.Output), Is.EqualTo(["met\n", new string('\u001b', 2_000_000), ""]));
    }

    [Test]
    public async Task After_the_gateway_vanished_it_comes_back_with_what_the_file_holds_then()
    {
        var (first, second) = (RunningAgent.Svid("first"), RunningAgent.Svid("second"));
        await File.WriteAllTextAsync(_file, $"\n {first} \n");
        await using var agent = new RunningAgent(
            _gateway, AgentCredential.FromFile(_file), options => options with { CredentialPoll = TimeSpan.FromHours(1) });
        await agent.Says("connected");
        var started = Path.Join(Path.GetTempPath(), $"hoop-{Guid.NewGuid():N}");
        var lost = _gateway.Agent.Execute(CommandFixture.Shell($"echo $$ > {started}.part; mv {started}.part {started}; sleep 300"));
        await Eventually.True(() => File.Exists(started), () => "the command did not start");
        var process = CommandFixture.Processes(await File.ReadAllTextAsync(started)).Single();

        await _gateway.Vanish();
        await agent.Says("trying again in");
        await Eventually.True(() => !CommandFixture.IsAlive(process), () => "a command outlived the connection it was run for");
        await File.WriteAllTextAsync(_file, second);
        await _gateway.Start();
        await Eventually.True(() => _gateway.Hellos.Count == 2, () => $"no second hello:\n{agent.Log}");

        Assert.That(_gateway.Authorizations, Is.EqualTo([$"Bearer {first}", $"Bearer {second}"]));
        Assert.That(async () => await lost, Throws.Exception);
        File.Delete(started);
    }

    [Test]
    public async Task An_unreadable_file_is_warned_of_and_the_stale_SVID_is_tried()
    {
        await File.WriteAllTextAsync(_file, RunningAgent.Svid("first"));
        await using var agent = new RunningAgent(
            _gateway, AgentCredential.FromFile(_file), options => options with { CredentialPoll = TimeSpan.FromHours(1) });
        await agent.Says("connected");

        await File.WriteAllTextAsync(_file, "half a.token");
        await _gateway.Agent.Closing("credential_expired");

        await agent.Says("the gateway closes the channel: credential_expired");
        await agent.Says("going on with the last good one");
        await Eventually.True(() => _gateway.Hellos.Count == 2, () => $"no second hello:\n{agent.Log}");
        Assert.That(_gateway.Authorizations.Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task It_waits_for_a_file_that_is_not_there_yet()
    {
        File.Delete(_file);
        await using var agent = new RunningAgent(_gateway, AgentCredential.FromFile(_file));
        await agent.Says("warning: HOOP_SPIFFE_KEY_FILE: ");

        await File.WriteAllTextAsync(_file, RunningAgent.Svid("late"));

        await agent.Says("connected");
    }

    [Test]
    public async Task A_new_SVID_in_the_file_is_proved_in_place_and_work_in_flight_goes_on()
    {
        await File.WriteAllTextAsync(_file, RunningAgent.Svid("first"));
        await using var agent = new RunningAgent(_gateway, AgentCredential.FromFile(_file));
        await agent.Says("connected");
        var fifo = Path.Join(Path.GetTempPath(), $"hoop-{Guid.NewGuid():N}");
        await _gateway.Agent.Execute(CommandFixture.Request("mkfifo", fifo));
        var inFlight = _gateway.Agent.Execute(CommandFixture.Request("cat", fifo));

        var second = RunningAgent.Svid("second");
        await File.WriteAllTextAsync(_file, second);
        await agent.Says("renewed the agent's identity, until ");
        // Opening a fifo waits for its reader for ever; when the command is gone, that must fail the test and not hold it.
        await Task.Run(() => File.WriteAllText(fifo, "still here")).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.That((await inFlight).Output, Is.EqualTo("still here"));
        Assert.That(_gateway.Renewals, Is.EqualTo([second]));
        Assert.That(_gateway.Hellos, Has.Count.EqualTo(1));
        File.Delete(fifo);
    }

    [Test]
    public async Task A_refused_renewal_is_said_once_and_not_repeated_with_the_same_SVID()
    {
        _gateway.AcceptRenewal = _ => false;
        await File.WriteAllTextAsync(_file, RunningAgent.Svid("first"));
        await using var agent = new RunningAgent(_gateway, AgentCredential.FromFile(_file));
        await agent.Says("connected");

        var (second, third) = (RunningAgent.Svid("second"), RunningAgent.Svid("third"));
        await File.WriteAllTextAsync(_file, second);
        await agent.Says("warning: the gateway refused the renewed SVID");
        await File.WriteAllTextAsync(_file, third);
        await Eventually.True(() => _gateway.Renewals.Count == 2, () => "the third SVID was not tried");

        Assert.That(_gateway.Renewals, Is.EqualTo([second, third]));
    }

    [Test]
    public async Task An_SVID_that_ends_without_a_successor_is_warned_of()
    {
        await File.WriteAllTextAsync(_file, RunningAgent.Svid("first"));
        _gateway.ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(2);

        await using var agent = new RunningAgent(_gateway, AgentCredential.FromFile(_file));

        await agent.Says($"and {_file} holds no newer one");
    }

    [TestCase(HttpStatusCode.Unauthorized, "refused the agent's credential (HTTP 401)")]
    [TestCase(HttpStatusCode.Forbidden, "refused the agent's credential (HTTP 403)")]
    [TestCase(HttpStatusCode.NotFound, "there is no agent channel at http://127.0.0.1:")]
    [TestCase(HttpStatusCode.ServiceUnavailable, "did not open the channel (HTTP 503)")]
    [TestCase(HttpStatusCode.BadRequest, "a proxy before the gateway must pass the headers Upgrade and Connection on")]
    [TestCase(HttpStatusCode.UpgradeRequired, "a proxy before the gateway must pass the headers Upgrade and Connection on")]
    public async Task A_refused_agent_says_why_and_keeps_trying(HttpStatusCode status, string reason)
    {
        _gateway.Refuse = status;
        await using var agent = new RunningAgent(_gateway, _key);

        await agent.Says(reason);
        await Eventually.True(() => _gateway.Authorizations.Count > 2, () => "it gave up");
        _gateway.Refuse = null;

        await agent.Says("connected");
    }

    [Test]
    public async Task A_stop_kills_what_runs_answers_for_it_closes_properly_and_exits_with_0()
    {
        await using var agent = new RunningAgent(_gateway, _key);
        await agent.Says("connected");
        var started = Path.Join(Path.GetTempPath(), $"hoop-{Guid.NewGuid():N}");
        var running = _gateway.Agent.Execute(
            CommandFixture.Shell($"sleep 300 & echo $! > {started}.part; echo $$ >> {started}.part; mv {started}.part {started}; wait"));
        await Eventually.True(() => File.Exists(started), () => "the command did not start");

        var exitCode = await agent.Stop();

        Assert.That(exitCode, Is.Zero);
        Assert.That((await running).Status, Is.EqualTo(ExecutionStatus.Cancelled));
        Assert.That(CommandFixture.Processes(await File.ReadAllTextAsync(started)).Where(CommandFixture.IsAlive), Is.Empty);
        await Eventually.True(() => !_gateway.Disconnections.IsEmpty, () => "no disconnection");
        Assert.That(_gateway.Disconnections, Is.EqualTo(["properly"]));
        File.Delete(started);
    }

    [Test]
    public async Task A_reason_with_control_characters_cannot_forge_a_line()
    {
        await using var agent = new RunningAgent(_gateway, _key);
        await agent.Says("connected");

        await _gateway.Agent.Closing("gone\n2026-01-01T00:00:00Z connected to evil\u001b[2J");

        await agent.Says(@"gone\u000a2026-01-01T00:00:00Z connected to evil\u001b[2J");
    }

    [TestCase(HttpStatusCode.Found)]
    [TestCase(HttpStatusCode.PermanentRedirect)]
    public async Task A_redirect_is_told_and_never_followed(HttpStatusCode status)
    {
        await using var elsewhere = new TestGateway();
        await elsewhere.Start();
        _gateway.Refuse = status;
        _gateway.Location = new Uri(elsewhere.Address, "/api/agents/channel").AbsoluteUri;

        await using var agent = new RunningAgent(_gateway, _key);

        await agent.Says($"redirects to {elsewhere.Address}api/agents/channel (HTTP {(int)status})");
        await agent.Says("set HOOP_APIURL");
        Assert.That(elsewhere.Authorizations, Is.Empty);
    }

    [Test]
    public async Task A_key_that_is_refused_often_enough_ends_the_agent_and_a_good_connection_counts_anew()
    {
        await using var agent = new RunningAgent(_gateway, _key, options => options with { Refusals = 3 });
        await agent.Says("connected");
        _gateway.Refuse = HttpStatusCode.Unauthorized;
        await _gateway.Agent.Closing("credential_revoked");

        Assert.That(await agent.Ended(), Is.EqualTo(1));
        Assert.That(agent.Log, Does.Contain("giving up after 3 refusals"));
        Assert.That(_gateway.Authorizations, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task What_is_not_about_the_credential_does_not_count_as_a_refusal()
    {
        _gateway.Refuse = HttpStatusCode.ServiceUnavailable;
        await using var agent = new RunningAgent(_gateway, _key, options => options with { Refusals = 1 });

        await Eventually.True(() => _gateway.Authorizations.Count > 3, () => "it gave up");
        _gateway.Refuse = null;
        await agent.Says("connected");
    }

    [TestCase("2", "trying again in [234]\\.\\d s")]
    [TestCase("86400", "trying again in [3-6]\\d\\.\\d s")]
    [TestCase("soon", "trying again in 0\\.\\d s")]
    [Description("P20: a gateway that is asked by too many says when to come again")]
    public async Task What_the_gateway_asks_for_is_waited_for_within_bounds(string retryAfter, string told)
    {
        (_gateway.Refuse, _gateway.RetryAfter) = (HttpStatusCode.ServiceUnavailable, retryAfter);
        await using var agent = new RunningAgent(_gateway, _key);

        await agent.Says("trying again in ");
        Assert.That(agent.Log.Split('\n')[0], Does.Match(told));
    }

    [Test]
    public async Task An_SVID_that_has_ended_is_told_from_one_that_is_refused()
    {
        await File.WriteAllTextAsync(_file, RunningAgent.Svid("old", DateTimeOffset.UtcNow.AddMinutes(-5)));
        _gateway.Refuse = HttpStatusCode.Unauthorized;

        await using var agent = new RunningAgent(_gateway, AgentCredential.FromFile(_file));

        await agent.Says($"the SVID in {_file} ended at ");
    }

    [Test]
    public async Task The_address_that_cannot_be_reached_is_named()
    {
        await _gateway.Vanish();
        await using var agent = new RunningAgent(_gateway, _key);

        await agent.Says($"the gateway at {_gateway.Address.GetLeftPart(UriPartial.Authority)} cannot be reached: ");
    }

    [Test]
    public async Task A_welcome_of_another_organization_gets_no_work_done()
    {
        _gateway.OrganizationId = Guid.NewGuid();
        await using var agent = new RunningAgent(_gateway, _key, options => options with { Organization = Guid.NewGuid(), Refusals = 2 });

        Assert.That(await agent.Ended(), Is.EqualTo(1));
        Assert.That(
            agent.Log,
            Does.Contain($"one of the organization {_gateway.OrganizationId}").And.Contain("HOOP_ORG").And.Not.Contain("connected to"));
    }

    [Test]
    public async Task A_welcome_of_the_pinned_organization_is_taken()
    {
        _gateway.OrganizationId = Guid.NewGuid();
        await using var agent = new RunningAgent(_gateway, _key, options => options with { Organization = _gateway.OrganizationId });

        await agent.Says("connected");
        Assert.That((await _gateway.Agent.Execute(CommandFixture.Request("true"))).Status, Is.EqualTo(ExecutionStatus.Success));
    }

    [Test]
    public async Task The_gateway_cancels_one_command_and_the_others_go_on()
    {
        await using var agent = new RunningAgent(_gateway, _key);
        await agent.Says("connected");
        var (first, second) = (CommandFixture.Shell("echo begun; sleep 300"), CommandFixture.Shell("cat >/dev/null; sleep 300"));
        var (cancelled, other) = (_gateway.Agent.Execute(first), _gateway.Agent.Execute(second));

        await _gateway.Agent.Cancel(Guid.NewGuid());
        await _gateway.Agent.Cancel(first.Id);
        var result = await cancelled;

        Assert.That((result.Id, result.Status), Is.EqualTo((first.Id, ExecutionStatus.Cancelled)));
        Assert.That(other.IsCompleted, Is.False);
        await agent.Says($"cancelling the command for {first.Id}");
        await _gateway.Agent.Cancel(second.Id);
        Assert.That((await other).Status, Is.EqualTo(ExecutionStatus.Cancelled));
    }

    [Test]
    public async Task A_message_without_end_ends_the_connection_and_the_agent_comes_back()
    {
        await using var agent = new RunningAgent(_gateway, _key);
        await agent.Says("connected");

        await _gateway.Agent.Closing(new string('x', Hoop.Cli.Agent.Channel.CappedWebSocket.LongestMessage));

        await agent.Says($"the gateway sent a message of more than {Hoop.Cli.Agent.Channel.CappedWebSocket.LongestMessage} bytes");
        await Eventually.True(() => _gateway.Hellos.Count == 2, () => "it did not come back");
    }

    [TestCase("handshake \u001b[31m\nFAKE LINE")]
    [TestCase("\u009b\u202e")]
    public async Task No_text_of_the_gateway_drives_a_terminal_or_forges_a_line(string text)
    {
        await using var agent = new RunningAgent(_gateway, _key);
        _gateway.HelloFails = text;
        await agent.Says("connected");
        await _gateway.Agent.Closing(text);
        await agent.Says("the gateway refused the agent");

        Assert.That(
            agent.Log.Where(
                character => char.IsControl(character)
                    || char.GetUnicodeCategory(character) == System.Globalization.UnicodeCategory.Format).Distinct(),
            Is.EqualTo(['\n']));
        Assert.That(agent.Log, Does.Not.Contain("\nFAKE LINE"));
    }
}
