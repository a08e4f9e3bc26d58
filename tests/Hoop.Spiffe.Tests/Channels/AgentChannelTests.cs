using System.Net;
using Hoop.Shared;
using Hoop.Spiffe.Contracts;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>The real agent over a real WebSocket.</summary>
public sealed class AgentChannelTests
{
    private TestGateway _gateway = null!;

    [OneTimeSetUp]
    public async Task Start() => _gateway = await TestGateway.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _gateway.DisposeAsync();

    [Test]
    public async Task A_connected_agent_is_shown_with_what_it_says_of_itself()
    {
        await using var agent = await Connect("shown");

        var read = await _gateway.Operator.Get("/api/agents/shown");

        Assert.That(read.Text("status"), Is.EqualTo("CONNECTED"));
        Assert.That(read.Text("identity"), Is.EqualTo("key"));
        Assert.That(read.Text("hostname"), Is.Not.Empty);
        Assert.That(read.Text("platform"), Is.Not.Empty);
    }

    [Test]
    public async Task Work_runs_on_the_agent_with_exactly_the_given_environment()
    {
        await using var agent = await Connect("worker");

        var execution = await Execute(
            "worker",
            ["sh", "-c", "cat; echo $SECRET; env | cut -d= -f1 | sort | tr '\\n' ' '"],
            new() { ["SECRET"] = "s3cret" },
            "from stdin\n");

        Assert.That(execution.Outcome, Is.EqualTo(AgentExecutionOutcome.Success), execution.Output);
        Assert.That(execution.Output, Does.StartWith("from stdin\ns3cret\n"));
        Assert.That(
            execution.Output.Split('\n')[2].Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Is.SubsetOf(new[] { "HOME", "PATH", "PWD", "SECRET", "SHLVL", "_" }));
        Assert.That(_gateway.Logs.Lines, Has.None.Contains("s3cret"));
    }

    [Test]
    public async Task An_exit_code_a_time_limit_and_a_refused_command_are_told_apart()
    {
        await using var agent = await Connect("limited", "sh");

        var failed = await Execute("limited", ["sh", "-c", "exit 3"]);
        Assert.That((failed.Outcome, failed.ExitCode), Is.EqualTo((AgentExecutionOutcome.Failed, (int?)3)));
        Assert.That(
            (await Execute("limited", ["sh", "-c", "sleep 60"], timeoutSeconds: 1)).Outcome, Is.EqualTo(AgentExecutionOutcome.TimedOut));
        Assert.That((await Execute("limited", ["cat", "/etc/hostname"])).Outcome, Is.EqualTo(AgentExecutionOutcome.Refused));
    }

    [Test]
    public async Task An_agent_that_is_not_connected_is_said_to_be_so()
    {
        await _gateway.Operator.Post("/api/agents", new { name = "absent" });

        Assert.That((await Execute("absent", ["true"])).Outcome, Is.EqualTo(AgentExecutionOutcome.NotConnected));
    }

    [Test]
    public async Task Another_organization_cannot_run_anything_on_it()
    {
        await using var agent = await Connect("private");
        var (stranger, _) = await _gateway.CreateOrganization("intruder");

        var execution = await Execute("private", ["true"], orgId: stranger);

        Assert.That(execution.Outcome, Is.EqualTo(AgentExecutionOutcome.NotConnected));
    }

    [Test]
    public async Task Several_replicas_serve_one_agent_and_the_work_survives_one_of_them()
    {
        var key = (await _gateway.Operator.Post("/api/agents", new { name = "replicated" })).Text("token")!;
        await using var first = TestAgent.WithKey(_gateway, key);
        await using (TestAgent.WithKey(_gateway, key))
        {
            await _gateway.Connected("replicated", replicas: 2);
        }

        await _gateway.Connected("replicated", replicas: 1);
        Assert.That((await Execute("replicated", ["true"])).Outcome, Is.EqualTo(AgentExecutionOutcome.Success));
    }

    [Test]
    public async Task A_rotated_key_closes_the_channel_within_a_second_and_is_refused_afterwards()
    {
        await using var agent = await Connect("rotated");

        var rotated = await _gateway.Operator.Post("/api/agents/rotated/rotate-key");
        var took = await _gateway.Connected("rotated", replicas: 0);

        took.IsAtOnce();
        await using var renewed = TestAgent.WithKey(_gateway, rotated.Text("token")!);
        await _gateway.Connected("rotated");
    }

    [Test]
    public async Task A_deleted_agent_is_cut_off_within_a_second()
    {
        await using var agent = await Connect("doomed");

        var deleted = await _gateway.Operator.Delete("/api/agents/doomed");
        Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.NoContent), deleted.Message);
        // The gateway's word, and not the agent's: one that is too busy to listen is cut off without hearing why.
        var took = await Eventually.True(
            () => _gateway.Logs.Lines.Any(line => line.Contains("of agent doomed: credential_revoked", StringComparison.Ordinal)),
            () => agent.Log + string.Join('\n', _gateway.Logs.Lines));

        took.IsAtOnce();
        Assert.That(
            await _gateway.Query<int>("SELECT count(*)::integer FROM spiffe.agents WHERE name = 'doomed'"), Is.EqualTo(new[] { 0 }));
    }

    [Test]
    public async Task A_connection_leaves_an_audit_row_of_the_authentication()
    {
        await using var agent = await Connect("accountable");

        var row = (await _gateway.AuditOf("agent")).Single(
            row => row.Action == "authenticate" && row.Fields.Contains("\"accountable\"", StringComparison.Ordinal));

        Assert.That(row.ActorKind, Is.EqualTo("agent"));
        Assert.That(row.Outcome, Is.EqualTo("success"));
    }

    [Test]
    public async Task The_end_of_a_channel_is_on_record_with_its_reason()
    {
        var left = await Connect("leaver");
        await left.DisposeAsync();
        await using var revoked = await Connect("revoked");
        await _gateway.Operator.Post("/api/agents/revoked/rotate-key");

        await Eventually.True(async () => (await EndsOf("leaver")).Count == 1 && (await EndsOf("revoked")).Count == 1, "a row of each end");
        Assert.That((await EndsOf("leaver"))[0].Fields, Does.Contain("\"reason\": \"agent_left\""));
        Assert.That((await EndsOf("revoked"))[0].Fields, Does.Contain("\"reason\": \"credential_revoked\""));
        Assert.That((await EndsOf("leaver"))[0].ActorKind, Is.EqualTo("agent"));

        async Task<List<AuditRow>> EndsOf(string name) =>
            [.. (await _gateway.AuditOf("agent")).Where(row => row.Action == "close"
                && row.Fields.Contains($"\"{name}\"", StringComparison.Ordinal))];
    }

    [TestCase("xagt-0000000000000000000000000000000000000000000")]
    [TestCase("hpk_unknown")]
    [TestCase("a.b.c")]
    public async Task A_wrong_credential_gets_no_channel(string credential)
    {
        var handshake = await _gateway.As(credential).Get("/api/agents/channel");

        Assert.That((int)handshake.Status, Is.EqualTo(401));
    }

    [Test]
    public async Task An_admin_token_is_not_an_agent()
    {
        Assert.That((int)(await _gateway.Operator.Get("/api/agents/channel")).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task A_key_in_a_DSN_of_another_name_is_refused()
    {
        var dsn = (await _gateway.Operator.Post("/api/agents", new { name = "named" })).Text("token")!;

        Assert.That((int)(await _gateway.As(dsn).Get("/api/userinfo")).Status, Is.Not.EqualTo(401));
        Assert.That(
            (int)(await _gateway.As(dsn.Replace("//named:", "//other:", StringComparison.Ordinal)).Get("/api/agents")).Status,
            Is.EqualTo(401));
    }

    private async Task<TestAgent> Connect(string name, params string[] allowedCommands)
    {
        var agent = TestAgent.WithKey(
            _gateway, (await _gateway.Operator.Post("/api/agents", new { name })).Text("token")!, allowedCommands);
        await _gateway.Connected(name);
        return agent;
    }

    private async Task<AgentExecution> Execute(
        string agent,
        string[] command,
        Dictionary<string, string>? environment = null,
        string script = "",
        int timeoutSeconds = 20,
        Guid? orgId = null)
    {
        await using var scope = _gateway.Services.CreateAsyncScope();
        var sender = scope.ServiceProvider.GetRequiredService<ISender>();
        var found = await sender.Send(new FindAgent(DefaultOrganization.Id, agent));
        return await sender.Send(
            new ExecuteOnAgent(orgId ?? DefaultOrganization.Id, found!.Id, command, environment ?? [], script,
                TimeSpan.FromSeconds(timeoutSeconds)));
    }
}
