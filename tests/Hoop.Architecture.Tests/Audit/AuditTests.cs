using Hoop.Architecture.Tests.Routes;
using Hoop.Shared;
using Hoop.Shared.Audit;
using Hoop.Shared.Callers;
using Hoop.Shared.Data;
using Hoop.Shared.Pipeline;
using Hoop.Shared.Results;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Audit;

/// <summary>Accountability comes before effect: no change without its row, no row without its change.</summary>
public sealed class AuditTests
{
    private const string BreakTheTrail = """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the trail is full'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON identity.audit_events FOR EACH ROW EXECUTE FUNCTION refuse();
        """;

    private Tenants _tenants = null!;

    [SetUp]
    public async Task Start()
    {
        _tenants = await Tenants.Start(
            services => services.AddMediatR(mediator => mediator.RegisterServicesFromAssembly(typeof(AuditTests).Assembly)));
        await _tenants.Gateway.Execute("CREATE TABLE public.things (org_id uuid NOT NULL, name text NOT NULL)");
    }

    [TearDown]
    public async Task Stop() => await _tenants.DisposeAsync();

    [Test]
    public async Task A_command_writes_its_change_and_one_audit_row_in_one_transaction()
    {
        var result = await Send(new CreateThing.Request("one", Fails: false));

        Assert.That(result.Error, Is.Null);
        var change = await _tenants.Gateway.Query<string>("SELECT xmin::text FROM public.things");
        var rows = await _tenants.Gateway.Query<string>(
            "SELECT xmin::text FROM identity.audit_events WHERE resource_type = 'thing' AND resource_id = 'one' AND actor_subject = 'tester' AND outcome = 'success'");
        Assert.That(rows, Has.Count.EqualTo(1));
        Assert.That(rows, Is.EqualTo(change), "the ids of the transactions that wrote them");
    }

    [Test]
    public async Task A_command_that_fails_leaves_neither_change_nor_row()
    {
        var result = await Send(new CreateThing.Request("one", Fails: true));

        Assert.That(result.Error?.Code, Is.EqualTo("already_exists"));
        Assert.That(await Things(), Is.Zero);
        Assert.That(await _tenants.Gateway.AuditOf("thing"), Is.Empty);
    }

    [Test]
    public async Task A_change_whose_audit_row_cannot_be_written_does_not_happen()
    {
        await _tenants.Gateway.Execute(BreakTheTrail);

        Assert.That(() => Send(new CreateThing.Request("one", Fails: false)), Throws.InstanceOf<PostgresException>());

        Assert.That(await Things(), Is.Zero);
    }

    [Test]
    public async Task No_route_changes_anything_while_the_trail_cannot_be_written()
    {
        await _tenants.Furnish();
        Assert.That(_tenants.Samples.Owned, Has.Count.GreaterThan(4));
        var before = await _tenants.Snapshot();
        await _tenants.Gateway.Execute(BreakTheTrail);

        var (worked, tried) = (new List<string>(), 0);
        foreach (var route in _tenants.Routes.Where(route => route.IsCommand))
        {
            foreach (var path in PathsOf(route))
            {
                var reply = await _tenants.Gateway.Operator.Send(new HttpMethod(route.Method), path, _tenants.Samples.BodyFor(route));
                tried++;
                if (reply.Response.IsSuccessStatusCode)
                {
                    worked.Add($"{route.Method} {path}: {(int)reply.Status}");
                }
            }
        }

        Assert.That(tried, Is.GreaterThan(20));
        Assert.That(worked, Is.Empty);
        Assert.That(await _tenants.Snapshot(), Is.EqualTo(before));
    }

    private IEnumerable<string> PathsOf(Route route) =>
        route.HasParameters ? _tenants.ValuesFor(route).Select(value => route.With(_ => value)) : [route.Path];

    private async Task<Result<string>> Send(CreateThing.Request request)
    {
        await using var scope = _tenants.Gateway.ScopeOf(
            new Caller(DefaultOrganization.Id, CallerKind.User, new Alias("auth/test/", "tester"), "Tester", [], Role.Admin));
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(request);
    }

    private async Task<long> Things() => (await _tenants.Gateway.Query<long>("SELECT count(*) FROM public.things"))[0];
}

/// <summary>A slice of no module.</summary>
internal static class CreateThing
{
    internal sealed record Request(string Name, bool Fails) : ICommand<string>
    {
        public AuditEntry Audit(string value) => new("thing", AuditAction.Create, value);
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<string>>
    {
        private const string CreateSql = """
            INSERT INTO public.things (org_id, name)
            VALUES (@OrgId, @Name)
            """;

        public async Task<Result<string>> Handle(Request request, CancellationToken cancellationToken)
        {
            await db.Of(caller.OrgId).Execute(CreateSql, new { request.Name }, cancellationToken);
            return request.Fails ? Error.Conflict() : request.Name;
        }
    }
}
