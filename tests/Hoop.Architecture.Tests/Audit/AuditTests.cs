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
    public async Task A_command_that_wrote_nothing_leaves_no_row([Values] Way way)
    {
        await Send(new CreateThing.Request("one", Fails: false));

        var nothing = await Send(new RenameThings.Request(way, "absent"));
        var rows = await _tenants.Gateway.AuditOf("renamed_thing");
        var something = await Send(new RenameThings.Request(way, "one"));

        Assert.That((nothing.Error, something.Error), Is.EqualTo(((Error?)null, (Error?)null)));
        Assert.That(rows, way == Way.With ? Has.Count.EqualTo(1) : Is.Empty, "what WITH wrote nobody tells, so it counts as written");
        Assert.That((await _tenants.Gateway.AuditOf("renamed_thing"))[^1].ResourceId, Is.EqualTo("one"));
    }

    [Test]
    public async Task What_is_not_there_leaves_no_row_of_its_deletion()
    {
        var before = (await _tenants.Gateway.Query<long>("SELECT count(*) FROM identity.audit_events"))[0];
        var id = Guid.NewGuid();
        foreach (var path in new[]
        {
            $"/v1/identity/entity/id/{id}", "/v1/identity/entity/name/nobody", $"/v1/identity/entity-alias/id/{id}",
            $"/v1/identity/group/id/{id}", "/v1/sys/policies/acl/nothing", "/v1/auth/token/roles/nothing", "/v1/sys/auth/nothing",
        })
        {
            Assert.That((int)(await _tenants.Gateway.Operator.Delete(path)).Status, Is.LessThan(500), path);
        }

        await _tenants.Gateway.Operator.Post("/v1/identity/entity/batch-delete", new { entity_ids = new[] { id } });
        await _tenants.Gateway.Operator.Post("/v1/identity/entity/tidy", new { dry_run = false });
        Assert.That((await _tenants.Gateway.Query<long>("SELECT count(*) FROM identity.audit_events"))[0], Is.EqualTo(before));
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

        // What changes nothing needs no row and works: to delete what is not there, to write what is there. The tables show the rest.
        Assert.That(worked, Has.Count.LessThan(tried / 2), string.Join('\n', worked));
        Assert.That(worked.Where(call => call.Contains(" /api/", StringComparison.Ordinal)
            && !call.StartsWith("DELETE ", StringComparison.Ordinal)), Is.Empty);
        Assert.That(await _tenants.Snapshot(), Is.EqualTo(before));

        // The refused sign-ins are written when the gateway stops.
        await _tenants.Gateway.Execute("DROP TRIGGER refuse ON identity.audit_events");
    }

    private IEnumerable<string> PathsOf(Route route) =>
        route.HasParameters ? _tenants.ValuesFor(route).Select(value => route.With(_ => value)) : [route.Path];

    private async Task<Result<string>> Send(IRequest<Result<string>> request)
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

public enum Way
{
    Execute,
    Returning,
    Looked,
    With,
}

/// <summary>A slice of no module, whose statement may find nothing to do.</summary>
internal static class RenameThings
{
    internal sealed record Request(Way Way, string Name) : ICommand<string>
    {
        public AuditEntry Audit(string value) => new("renamed_thing", AuditAction.Update, value);
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<string>>
    {
        private const string RenameSql = """
            UPDATE public.things
            SET name = name
            WHERE org_id = @OrgId AND name = @Name
            """;

        private const string LookSql = """
            SELECT count(*)
            FROM public.things
            WHERE org_id = @OrgId AND name = @Name
            """;

        private const string WithSql = $"""
            WITH renamed AS ({RenameSql} RETURNING name)
            SELECT name
            FROM renamed
            """;

        public async Task<Result<string>> Handle(Request request, CancellationToken cancellationToken)
        {
            var (things, args) = (db.Of(caller.OrgId), new { request.Name });
            _ = request.Way switch
            {
                Way.Execute => await things.Execute(RenameSql, args, cancellationToken),
                Way.Returning => (await things.List<string>(RenameSql + " RETURNING name", args, cancellationToken)).Count,
                Way.With => (await things.List<string>(WithSql, args, cancellationToken)).Count,
                _ => await things.Find<long>(LookSql, args, cancellationToken) is 0
                    ? 0
                    : await things.Execute(RenameSql, args, cancellationToken),
            };
            return request.Name;
        }
    }
}
