using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Federation.Connections;
using Hoop.Federation.OpenSessions;
using Hoop.Federation.Sessions;
using Hoop.Shared;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

/// <summary>
/// Whatever takes a session's ground away ends its command, on whichever gateway it runs, within a second; and every end is in its row
/// and in the trail.
/// </summary>
[Description("F5, F8")]
public sealed class EndSessionTests : SessionFixture
{
    private const string Robots = "robots@my-proj.iam.gserviceaccount.com";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>Not flaky on a machine that is busy with others: the second is demanded of the product, the rest of the machine.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    private const string Audience = "https://hoop.test";

    private IdentityProviderStandIn _provider = null!;
    private PlayedAgents _elsewhere = null!;
    private TestGateway _other = null!;

    [OneTimeSetUp]
    public async Task StartAnotherGateway()
    {
        _elsewhere = new PlayedAgents();
        var settings = Settings();
        LetPeopleIn(settings);
        _other = await TestGateway.Start(settings, Play(_elsewhere), Gateway.Connection);
    }

    [OneTimeTearDown]
    public async Task StopTheOther()
    {
        await _other.DisposeAsync();
        await _provider.DisposeAsync();
    }

    protected override async Task Prepare(Dictionary<string, string?> settings)
    {
        _provider = await IdentityProviderStandIn.Start(Audience);
        _provider.Lifetime = TimeSpan.FromHours(1);
        LetPeopleIn(settings);
    }

    [SetUp]
    public void CommandsRunUntilTheyAreCancelled()
    {
        Google.Grant(Robots);
        _elsewhere.Executed.Clear();
        RunUntilCancelled(_elsewhere);
    }

    private static IEnumerable<TestCaseData> Grounds()
    {
        yield return Case("a kill", "killed", async (gateway, running) =>
            await gateway.Operator.Post($"/api/sessions/{running.Id}/kill"));
        yield return Case("the connection's deletion", "connection_removed", async (gateway, running) =>
            await gateway.Operator.Delete($"/api/connections/{running.Connection}"));
        yield return Case("the policy's deletion", "policy_removed", async (gateway, running) =>
            await gateway.Operator.Delete($"/api/connections/{running.Connection}/federation"));
        yield return Case("the deletion of the caller's token", "caller_revoked", async (gateway, running) =>
            await gateway.Operator.Delete($"/api/api-tokens/{running.TokenId}"));

        static TestCaseData Case(string what, string reason, Func<TestGateway, Running, Task<Reply>> end) =>
            new TestCaseData(reason, end).SetName($"{{m}}({what})");
    }

    [TestCaseSource(nameof(Grounds))]
    public async Task A_call_on_one_gateway_ends_the_session_on_the_other(string reason, Func<TestGateway, Running, Task<Reply>> end)
    {
        var running = await Start(federated: reason == "policy_removed");
        var before = Stopwatch.GetTimestamp();

        var reply = await end(Gateway, running);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NoContent), reply.Message);
        var answer = await running.Answer.WaitAsync(Late);
        var took = Stopwatch.GetElapsedTime(before);
        var session = await Gateway.Operator.Get($"/api/sessions/{running.Id}");
        Assert.That((session.Text("status"), session.Text("reason")), Is.EqualTo(("ended", reason)));
        Assert.That(session["exit_code"].GetInt32(), Is.EqualTo(143));
        Assert.That(answer["session"].GetProperty("reason").GetString(), Is.EqualTo(reason), "the caller is told");
        Warn.If(took, Is.GreaterThan(Soon), "a busy machine, or not within a second");
        var trail = (await Gateway.AuditOf("session")).Where(row => row.ResourceId == running.Id && row.Action == "create").ToArray();
        Assert.That(trail.Select(row => (row.Outcome, row.Failure)), Is.EqualTo(new[] { ("begun", null), ("failure", (string?)reason) }));
    }

    [Test]
    public async Task A_person_who_is_deactivated_on_one_gateway_loses_the_session_on_the_other()
    {
        var id = (await Gateway.Anonymous.Post("/api/signin", new { id_token = _provider.MintIdToken("jane", "hoop-cli") })).Text("id");
        var name = await CreateConnection();
        using var person = _other.As(_provider.MintAccessToken(
            "jane", variant: new TokenVariant { Claims = new Dictionary<string, JsonNode?> { ["client_id"] = "hoop-cli" } }));
        var answer = person.Post("/api/sessions", new { connection = name, script = "SELECT pg_sleep(600)" });
        await Becomes(Gateway.Operator, name, "running");

        var before = Stopwatch.GetTimestamp();
        var reply = await Gateway.Operator.Put($"/api/users/{id}", new { status = "inactive" });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Message);
        await Eventually.Ends(answer, "the session goes on", Late);
        var took = Stopwatch.GetElapsedTime(before);
        var session = await Only(Gateway.Operator, $"connection={name}");
        Assert.That(
            (session.GetProperty("status").GetString(), session.GetProperty("reason").GetString()), Is.EqualTo(("ended", "caller_revoked")));
        Warn.If(took, Is.GreaterThan(Soon), "a busy machine, or not within a second");
        Assert.That((await Gateway.AuditOf("session")).Select(row => row.Failure), Does.Contain("caller_revoked"));
    }

    [Test]
    [Description("F5: an agent that does not confirm the end of one command holds up nobody else's")]
    public async Task A_session_that_takes_long_to_end_does_not_hold_up_the_revocation_of_another_caller()
    {
        var (begins, end, commands) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        _elsewhere.Takes = async cancellation =>
        {
            var isFirst = Interlocked.Increment(ref commands) == 1;
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (isFirst)
            {
                begins.SetResult();
                await end.Task;
            }
        };
        var slow = await Start(federated: false);
        await Eventually.True(() => Volatile.Read(ref commands) == 1, () => "the first does not run");
        var other = await Start(federated: false);

        await Gateway.Operator.Delete($"/api/api-tokens/{slow.TokenId}");
        await Eventually.Ends(begins.Task, "the first is not ended", Late);
        await Gateway.Operator.Delete($"/api/api-tokens/{other.TokenId}");

        await Eventually.Ends(other.Answer, "it waits for the first", Late);
        Assert.That(slow.Answer.IsCompleted, Is.False);
        end.SetResult();
        await Eventually.Ends(slow.Answer, "it does not end", Late);
    }

    [Test]
    public async Task A_deleted_organization_takes_its_sessions_along()
    {
        var (orgId, _) = await Gateway.CreateOrganization("doomed");
        await SetFlag(Gateway, on: true, orgId);
        var (live, caller) = (_other.Services.GetRequiredService<LiveSessions>(), User() with { OrgId = orgId });
        var order = new SessionOrder(Shared.Data.RowId.Next(), "x", "exec", CorrelationId: null, Credential: null);
        using var session = new LiveSession(order, caller) { IsOnRecord = true };
        await Gateway.Execute(
            """
            INSERT INTO federation.sessions
              (id, org_id, connection_id, connection_name, verb, caller, user_email, user_id, status, gateway_id)
            VALUES (@Id, @orgId, gen_random_uuid(), 'x', 'exec', 'c', '', '', 'running', @GatewayId)
            """,
            new { session.Id, orgId, live.GatewayId });
        live.TryAdd(session);
        await using var over = session.Ending.Register(() => session.Over.TrySetResult());

        await Gateway.Operator.Delete($"/api/orgs/{orgId}?cascade=true");

        await session.Over.Task.WaitAsync(Late);
        live.Remove(session);
        Assert.That(session.EndedFor, Is.EqualTo(EndReason.GivenUp));
    }

    [Test]
    public async Task A_caller_who_hangs_up_ends_the_command_and_leaves_its_row()
    {
        var name = await CreateConnection();
        using var hangUp = new CancellationTokenSource();
        using var content = JsonContentOf(new { connection = name, script = "SELECT pg_sleep(600)" });
        var call = _other.Operator.PostAsync("/api/sessions", content, hangUp.Token);
        await Becomes(Gateway.Operator, name, "running");

        await hangUp.CancelAsync();

        Assert.That(async () => await call, Throws.InstanceOf<OperationCanceledException>());
        var session = await Becomes(Gateway.Operator, name, "ended");
        Assert.That(session.GetProperty("reason").GetString(), Is.EqualTo("caller_gone"));
        await Eventually.True(
            async () => (await Gateway.AuditOf("session")).Any(
                row => row.ResourceId == session.GetProperty("id").GetString() && row.Failure == "caller_gone"),
            "the trail does not say how it ended");
    }

    [Test]
    public async Task What_the_session_waits_for_at_google_ends_with_the_kill_too()
    {
        var name = await CreateFederated();
        Google.FailEveryone(GoogleFault.Hang);
        var opening = Exec(name, User(), gateway: _other);
        var session = await Becomes(Gateway.Operator, name, "opening");

        var reply = await Gateway.Operator.Post($"/api/sessions/{session.GetProperty("id").GetString()}/kill");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await opening.WaitAsync(Late)).Error?.Code, Is.EqualTo("killed"));
        Assert.That((await Becomes(Gateway.Operator, name, "ended")).GetProperty("reason").GetString(), Is.EqualTo("killed"));
        Assert.That(_elsewhere.Executed, Is.Empty);
    }

    [Test]
    public async Task A_connection_that_goes_while_the_credentials_are_made_gets_no_session()
    {
        var name = await CreateFederated();
        Google.FailEveryone(GoogleFault.Hang);
        var opening = Exec(name, User(), gateway: _other);
        await Becomes(Gateway.Operator, name, "opening");

        await Gateway.Operator.Delete($"/api/connections/{name}");

        Assert.That((await opening.WaitAsync(Late)).Error?.Code, Is.EqualTo("connection_removed"));
        Assert.That(_elsewhere.Executed, Is.Empty);
    }

    [TestCase("killed")]
    [TestCase("policy_removed")]
    [Description("The row is marked on another gateway; this one has not heard of it when the session would begin, or is refused")]
    public async Task A_session_that_somebody_ended_while_it_opened_says_so_and_not_that_its_connection_is_gone(string reason)
    {
        var (name, session) = (await CreateConnection(), new LiveSession(
            new SessionOrder(Shared.Data.RowId.Next(), "x", "exec", CorrelationId: null, Credential: null), User()));
        using var _ = session;
        await using var scope = Gateway.ScopeOf(User());
        var rows = scope.ServiceProvider.GetRequiredService<SessionRows>();
        var connection = await scope.ServiceProvider.GetRequiredService<FindConnection>().By(
            DefaultOrganization.Id, name, CancellationToken.None);
        await rows.Open(session, connection!, CancellationToken.None);
        await Gateway.Execute("UPDATE federation.sessions SET end_reason = @reason WHERE id = @Id", new { reason, session.Id });

        var runs = await rows.Run(session, federated: null, CancellationToken.None);
        var row = await rows.End(
            session, new SessionEnd(SessionStatus.Denied, SessionErrors.Removed.Code, SessionErrors.Removed.Message, ExitCode: null));

        Assert.That(runs, Is.False);
        Assert.That((row!.Status, row.Reason, row.Message), Is.EqualTo((SessionStatus.Ended, reason, (string?)null)));
    }

    [Test]
    [Description("The kill is in the row, and no announcement came: what Google is asked for meanwhile is not used")]
    public async Task The_caller_of_a_session_that_was_killed_while_it_opened_is_told_so()
    {
        var killed = false;
        var name = await CreateFederated();
        Google.Delay = TimeSpan.FromMilliseconds(300);
        var opening = Exec(name, User());
        await Eventually.True(
            async () =>
            {
                killed = await Gateway.Execute(
                    "UPDATE federation.sessions SET end_reason = 'killed' WHERE connection_name = @name AND status = 'opening'",
                    new { name }) == 1;
                return killed || opening.IsCompleted;
            },
            "it does not open");
        Google.Delay = TimeSpan.Zero;

        var result = await Eventually.Ends(opening, "it has no end", Late);

        Assert.That(killed, Is.True, "the machine was too busy: it was open before it could be killed");
        Assert.That(result.Error?.Code, Is.EqualTo("killed"));
        var row = await Only(Gateway.Operator, $"connection={name}");
        Assert.That((row.GetProperty("status").GetString(), row.GetProperty("reason").GetString()), Is.EqualTo(("ended", "killed")));
    }

    [Test]
    [Description("Its credentials were made without a policy, and one is there when the command would begin")]
    public async Task A_policy_that_is_set_while_the_session_opens_keeps_it_from_running_past_the_policy()
    {
        var name = await CreateConnection();
        await using var scope = Gateway.ScopeOf(User());
        var rows = scope.ServiceProvider.GetRequiredService<SessionRows>();
        var connection = await scope.ServiceProvider.GetRequiredService<FindConnection>().By(
            DefaultOrganization.Id, name, CancellationToken.None);
        using var session = new LiveSession(
            new SessionOrder(Shared.Data.RowId.Next(), name, "exec", CorrelationId: null, Credential: null), User());
        await rows.Open(session, connection!, CancellationToken.None);

        await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith());
        var withPolicy = await rows.Run(session, federated: null, CancellationToken.None);
        await Gateway.Operator.Delete($"/api/connections/{name}/federation");
        var ended = await Gateway.Operator.Get($"/api/sessions/{session.Id}");

        Assert.That(withPolicy, Is.False);
        Assert.That(ended.Text("status"), Is.Not.EqualTo("running"));
    }

    [Test]
    public async Task The_sessions_of_a_gateway_that_died_end_as_lost_and_the_trail_says_so()
    {
        var id = Shared.Data.RowId.Next();
        await Gateway.Execute(
            """
            INSERT INTO federation.sessions
              (id, org_id, connection_id, connection_name, verb, caller, user_email, user_id, status, gateway_id, seen_at)
            VALUES (@id, @OrgId, gen_random_uuid(), 'forgotten', 'exec', 'c', '', '', 'running', gen_random_uuid(),
              now() - interval '61 seconds')
            """,
            new { id, OrgId = DefaultOrganization.Id });

        await Task.WhenAll(
            Gateway.Services.GetRequiredService<SessionPresence>().Write(CancellationToken.None),
            _other.Services.GetRequiredService<SessionPresence>().Write(CancellationToken.None));

        var session = await Gateway.Operator.Get($"/api/sessions/{id}");
        Assert.That((session.Text("status"), session.Text("reason")), Is.EqualTo(("lost", "gateway_lost")));
        Assert.That(session["ended_at"].ValueKind, Is.EqualTo(JsonValueKind.String));
        var rows = (await Gateway.AuditOf("session")).Where(row => row.ResourceId == id.ToString()).ToArray();
        Assert.That(
            rows.Select(row => (row.Action, row.Failure)), Is.EqualTo(new[] { ("close", "gateway_lost") }), "once, by one of the two");
    }

    [Test]
    public async Task A_session_that_another_gateway_gave_up_ends_here()
    {
        var running = await Start(federated: false);
        await Gateway.Execute(
            "UPDATE federation.sessions SET status = 'lost', ended_at = now() WHERE id = @Id", new { Id = Guid.Parse(running.Id) });

        await running.Answer.WaitAsync(Late);

        Assert.That((await Gateway.Operator.Get($"/api/sessions/{running.Id}")).Text("status"), Is.EqualTo("lost"), "the last word stays");
    }

    [Test]
    public async Task A_gateway_that_stops_ends_its_sessions_with_their_rows()
    {
        var agents = new PlayedAgents();
        RunUntilCancelled(agents);
        var name = await CreateConnection();
        await using (var stopping = await TestGateway.Start(Settings(), Play(agents), Gateway.Connection))
        {
            _ = Exec(name, User(), gateway: stopping);
            await Becomes(Gateway.Operator, name, "running");
        }

        var session = await Only(Gateway.Operator, $"connection={name}");
        Assert.That(
            (session.GetProperty("status").GetString(), session.GetProperty("reason").GetString()),
            Is.EqualTo(("ended", "gateway_stopping")));
    }

    private void LetPeopleIn(Dictionary<string, string?> settings)
    {
        settings["HOOP_OIDC_ISSUER"] = _provider.Issuer;
        settings["HOOP_OIDC_AUDIENCE"] = Audience;
        settings["HOOP_OIDC_JWKS_URL"] = _provider.JwksUrl;
        settings["HOOP_OIDC_CLIENT_ID"] = "hoop-cli";
    }

    private static System.Net.Http.Json.JsonContent JsonContentOf(object body) => System.Net.Http.Json.JsonContent.Create(body);

    /// <summary>A session of an API token on the other gateway, whose command runs.</summary>
    private async Task<Running> Start(bool federated)
    {
        // A policy whose account does not depend on the user: API tokens have no address.
        var name = federated
            ? await CreateFederated(new() { ["identity_source_attribute"] = "id", ["identity_target_template"] = Robots })
            : await CreateConnection();
        var token = await Gateway.Operator.Post("/api/api-tokens", new { name = $"t-{Guid.NewGuid():N}", groups = Array.Empty<string>() });
        var client = _other.As(token.Text("token")!);
        var answer = client.Post("/api/sessions", new { connection = name, script = "SELECT pg_sleep(600)" });
        var session = await Becomes(Gateway.Operator, name, "running");
        await Eventually.True(() => _elsewhere.Executed.Count > 0, () => "the command does not run");
        return new Running(session.GetProperty("id").GetString()!, name, token.Text("id")!, answer);
    }

    public sealed record Running(string Id, string Connection, string TokenId, Task<Reply> Answer);
}
