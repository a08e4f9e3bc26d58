using Hoop.Federation.Contracts;
using Hoop.Federation.Sessions;
using Hoop.Shared.Results;
using Hoop.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

/// <summary>Sessions that outlive their credentials get fresh ones, as long as their user may have any.</summary>
public sealed class FreshCredentialsTests : SessionFixture
{
    private const string Variable = "HOOP_GCP_ACCESS_TOKEN_FILE";

    [Test]
    public async Task A_long_session_is_given_a_fresh_token_before_the_old_one_ends_and_its_row_and_the_trail_say_so()
    {
        var name = await CreateFederated(new() { ["token_ttl_seconds"] = 6 }, new Dictionary<string, string>
        {
            [$"envvar:{Variable}"] = Base64("/shared"),
        });
        var (first, fresh) = ("", "");
        var before = DateTime.MinValue;
        Agents.Meanwhile = async (order, cancellation) =>
        {
            before = (await Becomes(Gateway.Operator, name, "running")).GetProperty("token_expires_at").GetDateTime();
            first = order.RenewedFiles[Variable];
            Assert.That(order.Environment["HOOP_GCP_ACCESS_TOKEN"], Is.EqualTo(first), "both say the same at the beginning");
            Assert.That(order.Environment.Keys, Does.Not.Contain(Variable), "a path of the connection's own does not take its place");
            fresh = (await order.Fresh!.Next(cancellation))![Variable];
        };

        var ran = await Eventually.Ends(Exec(name, User()), "there is no fresh token", TimeSpan.FromMinutes(1));

        Assert.That(ran.Error, Is.Null);
        Assert.That((Google.Owner(first), Google.Owner(fresh)), Is.EqualTo((Alice, Alice)));
        Assert.That(fresh, Is.Not.EqualTo(first));
        Assert.That(Google.Find(fresh)!.ExpiresAt, Is.GreaterThan(Google.Find(first)!.ExpiresAt));
        var row = await Only(Gateway.Operator, $"connection={name}");
        Assert.That(row.GetProperty("token_expires_at").GetDateTime(), Is.GreaterThan(before));
        var uses = (await Gateway.AuditOf("federation_session")).Count(
            entry => entry.Outcome == "success" && entry.ResourceId == row.GetProperty("connection_id").GetString());
        Assert.That(uses, Is.EqualTo(2), "each time it is opened or renewed");
    }

    [Test]
    public async Task A_session_whose_user_may_have_no_token_any_more_gets_none_and_ends()
    {
        var name = await CreateFederated(new() { ["token_ttl_seconds"] = 4 });
        var ended = new TaskCompletionSource<IReadOnlyDictionary<string, string>?>();
        Agents.Meanwhile = async (order, cancellation) =>
        {
            Google.Revoke(Alice);
            ended.SetResult(await order.Fresh!.Next(CancellationToken.None));
        };
        RunUntilCancelled(Agents);

        var ran = await Eventually.Ends(Exec(name, User()), "it goes on", TimeSpan.FromMinutes(1));

        Assert.That(await ended.Task, Is.Null);
        Assert.That(ran.Error, Is.Null, "its command did run");
        var row = await Only(Gateway.Operator, $"connection={name}");
        Assert.That(
            (row.GetProperty("status").GetString(), row.GetProperty("reason").GetString()), Is.EqualTo(("ended", "credentials_refused")));
        Assert.That(row.GetProperty("message").GetString(), Does.Contain(Alice), "the reason that Google gave");
    }

    [Test]
    public async Task A_policy_that_makes_somebody_else_of_the_user_ends_the_session_instead_of_changing_who_it_is()
    {
        const string Other = "alice-2@my-proj.iam.gserviceaccount.com";
        Google.Grant(Other);
        var name = await CreateFederated(new() { ["token_ttl_seconds"] = 4 });
        var changed = new TaskCompletionSource();
        Agents.Meanwhile = async (order, _) =>
        {
            await changed.Task;
            Assert.That(await order.Fresh!.Next(CancellationToken.None), Is.Null);
        };
        RunUntilCancelled(Agents);
        var running = Exec(name, User());
        await Becomes(Gateway.Operator, name, "running");

        var put = await Gateway.Operator.Put(
            $"/api/connections/{name}/federation",
            PolicyWith(new()
            {
                ["identity_target_template"] = "{user.email_local}-2@my-proj.iam.gserviceaccount.com", ["token_ttl_seconds"] = 4,
            }));
        changed.SetResult();

        Assert.That((int)put.Status, Is.EqualTo(200), put.Message);
        await Eventually.Ends(running, "it goes on", TimeSpan.FromMinutes(1));
        var row = await Only(Gateway.Operator, $"connection={name}");
        Assert.That(
            (row.GetProperty("reason").GetString(), row.GetProperty("resolved_principal").GetString()),
            Is.EqualTo(("credentials_refused", Alice)));
        Assert.That(row.GetProperty("message").GetString(), Does.EndWith("open a new session"));
    }

    [Test]
    public async Task A_session_without_a_policy_has_nothing_to_renew()
    {
        var name = await CreateConnection();

        await Exec(name, User());

        Assert.That(Agents.Executed.Single(), Has.Property("Fresh").Null.And.Property("RenewedFiles").Empty);
    }

    [Test]
    public async Task What_is_only_away_for_a_moment_is_asked_again()
    {
        var (clock, begin) = (new FakeClock(), new FakeClock().GetUtcNow());
        var answers = new Queue<Func<Result<SessionEnvironment>>>(
        [
            () => Error.Unavailable("Google does not answer", "upstream_unavailable"),
            () => throw new InvalidOperationException("the database is away"),
            () => EnvironmentOf("old", begin.AddHours(1)),
            () => EnvironmentOf("new", begin.AddHours(2)),
        ]);
        using var session = SessionOf();
        var fresh = FreshCredentials.Of(
            session, EnvironmentOf("old", begin.AddHours(1)), _ => Task.FromResult(answers.Dequeue()()),
            (_, _) => Task.FromResult(true), clock, NullLogger.Instance)!;

        var next = fresh.Next(CancellationToken.None);
        await Eventually.True(
            () =>
            {
                clock.Advance(TimeSpan.FromMinutes(1));
                return next.IsCompleted;
            },
            () => $"{answers.Count} were not asked for");

        Assert.That((await next)![Variable], Is.EqualTo("new"));
        Assert.That((answers.Count, session.EndedFor), Is.EqualTo((0, (string?)null)));
    }

    [Test]
    public async Task Whoever_ended_the_session_meanwhile_keeps_it_from_a_fresh_token()
    {
        var clock = new FakeClock();
        using var session = SessionOf();
        var fresh = FreshCredentials.Of(
            session, EnvironmentOf("old", clock.GetUtcNow().AddSeconds(2)),
            _ => Task.FromResult<Result<SessionEnvironment>>(EnvironmentOf("new", clock.GetUtcNow().AddHours(1))),
            (_, _) => Task.FromResult(false), clock, NullLogger.Instance)!;

        var next = fresh.Next(CancellationToken.None);
        await Eventually.True(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return next.IsCompleted;
            },
            () => "it waits");

        Assert.That(await next, Is.Null);
    }

    [TestCase(3600, 55 * 60, 57 * 60)]
    [TestCase(480, 240, 240)]
    [TestCase(6, 3, 3)]
    [TestCase(0, 1, 1)]
    [TestCase(-60, 1, 1)]
    public void The_wait_ends_well_before_the_token_and_after_the_warm_one_is_given_to_nobody(int left, int from, int to) =>
        Assert.That(FreshCredentials.WaitFrom(TimeSpan.FromSeconds(left)).TotalSeconds, Is.InRange(from, to));

    [Test]
    public void Credentials_that_are_no_files_are_not_renewed()
    {
        using var session = SessionOf();
        var clock = new FakeClock();
        var environment = EnvironmentOf("x", clock.GetUtcNow()) with { RenewedFiles = new Dictionary<string, string>() };

        Assert.That(
            FreshCredentials.Of(
                session, environment, _ => throw new NotSupportedException(), (_, _) => throw new NotSupportedException(), clock,
                NullLogger.Instance),
            Is.Null);
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static LiveSession SessionOf() => new(
        new SessionOrder(Shared.Data.RowId.Next(), "my-bq", "connect", CorrelationId: null, Credential: null), User());

    private static SessionEnvironment EnvironmentOf(string token, DateTimeOffset expiresAt) => new(
        new Dictionary<string, string>(), new Dictionary<string, string>(),
        new FederatedSession(Alice, Admin, expiresAt, FallbackApplied: false) { Provider = "gcp_iam" })
    { RenewedFiles = new Dictionary<string, string> { [Variable] = token } };
}
