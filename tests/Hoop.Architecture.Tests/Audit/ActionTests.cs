using Hoop.Shared;
using Hoop.Shared.Audit;
using Hoop.Shared.Callers;
using Hoop.Shared.Pipeline;
using Hoop.Shared.Results;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Audit;

/// <summary>An action leaves a row before its effect and one after it, whatever happens in between.</summary>
public sealed class ActionTests
{
    private TestGateway _gateway = null!;

    [OneTimeSetUp]
    public async Task Start() => _gateway = await TestGateway.Start(
        services: services => services.AddMediatR(mediator => mediator.RegisterServicesFromAssembly(typeof(ActionTests).Assembly)));

    [OneTimeTearDown]
    public async Task Stop() => await _gateway.DisposeAsync();

    [Test]
    public async Task An_action_that_works_has_two_rows_with_one_correlation()
    {
        var rowsDuring = -1;
        var result = await Send(new LaunchRocket.Request("works", async token =>
        {
            rowsDuring = (await Rows("works")).Count;
            return "landed";
        }));

        Assert.That(result.Value, Is.EqualTo("landed"));
        Assert.That(rowsDuring, Is.EqualTo(1), "the first row commits before the effect");
        Assert.That(await Rows("works"), Is.EqualTo(new[] { ("begun", null), ("success", (string?)null) }));
        Assert.That(await Correlations("works"), Is.EqualTo(new[] { 1L }));
        Assert.That((await _gateway.AuditOf("rocket")).Last(row => row.ResourceId == "works").Fields, Does.Contain("landed"));
    }

    [Test]
    public async Task An_expected_failure_is_the_code_of_the_second_row()
    {
        var result = await Send(
            new LaunchRocket.Request("refused", _ => Task.FromResult<Result<string>>(Error.Unavailable("no fuel", "no_fuel"))));

        Assert.That(result.Error?.Code, Is.EqualTo("no_fuel"));
        Assert.That(await Rows("refused"), Is.EqualTo(new[] { ("begun", null), ("failure", "no_fuel") }));
        Assert.That(await Correlations("refused"), Is.EqualTo(new[] { 1L }));
    }

    [Test]
    public async Task A_value_can_tell_of_a_failure()
    {
        await Send(new LaunchRocket.Request("fell", _ => Task.FromResult<Result<string>>("fell into the sea")));

        Assert.That(await Rows("fell"), Is.EqualTo(new[] { ("begun", null), ("failure", "fell into the sea") }));
    }

    [Test]
    public async Task An_exception_ends_in_a_row_and_is_thrown()
    {
        Assert.That(
            () => Send(new LaunchRocket.Request("burst", _ => throw new InvalidTimeZoneException("a bug"))),
                Throws.InstanceOf<InvalidTimeZoneException>());

        Assert.That(await Rows("burst"), Is.EqualTo(new[] { ("begun", null), ("failure", "internal") }));
    }

    [Test]
    public async Task A_caller_who_hangs_up_during_the_work_does_not_erase_it()
    {
        using var hangUp = new CancellationTokenSource();
        Assert.That(
            () => Send(
                new LaunchRocket.Request("left", async token =>
                {
                    await hangUp.CancelAsync();
                    await Task.Delay(Timeout.Infinite, token);
                    return "never";
                }),
                cancellationToken: hangUp.Token),
            Throws.InstanceOf<OperationCanceledException>());

        Assert.That(await Rows("left"), Is.EqualTo(new[] { ("begun", null), ("failure", "cancelled") }));
    }

    [Test]
    public async Task A_caller_who_hung_up_before_the_work_gets_none()
    {
        var launched = false;
        Assert.That(
            () => Send(
                new LaunchRocket.Request("gone", _ =>
                {
                    launched = true;
                    return Task.FromResult<Result<string>>("flew");
                }),
                cancellationToken: new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());

        Assert.That(launched, Is.False);
        Assert.That(await Rows("gone"), Is.EqualTo(new[] { ("begun", null), ("failure", "cancelled") }));
    }

    [Test]
    public async Task A_caller_who_hangs_up_after_the_work_does_not_erase_its_outcome()
    {
        using var hangUp = new CancellationTokenSource();
        await Send(
            new LaunchRocket.Request("late", async _ =>
            {
                await hangUp.CancelAsync();
                return "landed";
            }),
            cancellationToken: hangUp.Token);

        Assert.That(await Rows("late"), Is.EqualTo(new[] { ("begun", null), ("success", (string?)null) }));
    }

    [Test]
    public async Task Without_a_row_before_it_nothing_happens()
    {
        var launched = false;
        await using var refusal = await Refuse("begun");

        Assert.That(
            () => Send(new LaunchRocket.Request("untold", _ =>
            {
                launched = true;
                return Task.FromResult<Result<string>>("flew");
            })),
            Throws.InstanceOf<PostgresException>());

        Assert.That(launched, Is.False);
        Assert.That(await Rows("untold"), Is.Empty);
    }

    [Test]
    public async Task When_the_outcome_cannot_be_told_nothing_is_handed_out_and_the_first_row_stays()
    {
        await using (await Refuse("success"))
        {
            Assert.That(
                () => Send(new LaunchRocket.Request("half", _ => Task.FromResult<Result<string>>("secret"))),
                Throws.InstanceOf<PostgresException>());
        }

        Assert.That(await Rows("half"), Is.EqualTo(new[] { ("begun", (string?)null) }));
    }

    [Test]
    public async Task When_neither_work_nor_its_row_succeed_the_exception_of_the_work_is_reported()
    {
        await using var refusal = await Refuse("failure");

        Assert.That(
            () => Send(new LaunchRocket.Request("worse", _ => throw new InvalidTimeZoneException("a bug"))),
                Throws.InstanceOf<InvalidTimeZoneException>());
    }

    [Test]
    public async Task A_command_may_not_send_an_action()
    {
        Assert.That(
            () => Send(new LaunchWithinCommand.Request()),
            Throws.InvalidOperationException.With.Message.Contains("LaunchRocket is an action"));

        Assert.That(await Rows("nested"), Is.Empty);
    }

    [Test]
    public async Task No_content_makes_a_row_that_is_refused()
    {
        string[] texts = ["a\0b", "\ud800", "x\udc00y", new string('m', 1024 * 1024), "\ud83d\ude80", "\r\n\u202e"];
        foreach (var text in texts)
        {
            var result = await Send(new LaunchRocket.Request(text, _ => Task.FromResult<Result<string>>(text)), subject: text);
            Assert.That(result.Error, Is.Null);
        }

        var rows = await _gateway.Query<(string Id, string Subject, string Crew, string Landing)>(
            """
            SELECT resource_id, actor_subject, fields->'crew'->>0, fields->>'landing' FROM identity.audit_events
            WHERE resource_type = 'rocket' AND outcome = 'success' AND actor_subject <> 'tester' ORDER BY id
            """);
        Assert.That(rows.Select(row => row.Id), Is.EqualTo(texts.Select(text => AuditText.Clean(text))));
        foreach (var row in rows)
        {
            Assert.That(new[] { row.Subject, row.Crew, row.Landing }, Is.All.EqualTo(row.Id));
        }
    }

    private async Task<Result<string>> Send<T>(T request, string subject = "tester", CancellationToken cancellationToken = default)
        where T : IRequest<Result<string>>
    {
        await using var scope = _gateway.ScopeOf(
            new Caller(DefaultOrganization.Id, CallerKind.User, new Alias("auth/test/", subject), subject, [], Role.Admin));
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(request, cancellationToken);
    }

    private Task<IReadOnlyList<(string Outcome, string? Failure)>> Rows(string id) => _gateway.Query<(string, string?)>(
        "SELECT outcome, failure FROM identity.audit_events WHERE resource_type = 'rocket' AND resource_id = @id ORDER BY id", new { id });

    private Task<IReadOnlyList<long>> Correlations(string id) => _gateway.Query<long>(
        "SELECT count(DISTINCT correlation_id) FROM identity.audit_events WHERE resource_type = 'rocket' AND resource_id = @id",
            new { id });

    private async Task<IAsyncDisposable> Refuse(string outcome)
    {
        await _gateway.Execute($"ALTER TABLE identity.audit_events ADD CONSTRAINT refused CHECK (outcome <> '{outcome}') NOT VALID");
        return new Restored(_gateway);
    }

    private sealed class Restored(TestGateway gateway) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await gateway.Execute("ALTER TABLE identity.audit_events DROP CONSTRAINT refused");
    }
}

/// <summary>An action of no module: its effect is what the test says.</summary>
internal static class LaunchRocket
{
    internal sealed record Request(string Name, Func<CancellationToken, Task<Result<string>>> Flight) : IAction<string>
    {
        public AuditEntry Intent => new("rocket", AuditAction.Use, Name);

        public AuditEntry Audit(string value) => Intent with
        {
            Failure = value.StartsWith("fell", StringComparison.Ordinal) ? value : null,
            Fields = new AuditFields { { "landing", value }, { "crew", [value] } },
        };
    }

    internal sealed class Handler : IRequestHandler<Request, Result<string>>
    {
        public Task<Result<string>> Handle(Request request, CancellationToken cancellationToken) => request.Flight(cancellationToken);
    }
}

/// <summary>What nobody should write.</summary>
internal static class LaunchWithinCommand
{
    internal sealed record Request : ICommand<string>
    {
        public AuditEntry Audit(string value) => new("rocket", AuditAction.Create, value);
    }

    internal sealed class Handler(ISender sender) : IRequestHandler<Request, Result<string>>
    {
        public Task<Result<string>> Handle(Request request, CancellationToken cancellationToken) =>
            sender.Send(new LaunchRocket.Request("nested", _ => Task.FromResult<Result<string>>("flew")), cancellationToken);
    }
}
