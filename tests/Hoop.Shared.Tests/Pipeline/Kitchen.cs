using FluentValidation;
using Hoop.Shared.Audit;
using Hoop.Shared.Callers;
using Hoop.Shared.Data;
using Hoop.Shared.Pipeline;
using Hoop.Shared.Results;
using MediatR;

namespace Hoop.Shared.Tests.Pipeline;

/// <summary>Use cases of no module, one of each kind, that do what a test says.</summary>
internal static class Peek
{
    internal sealed record Request(string? Name) : IQuery<string>;

    internal sealed class First : AbstractValidator<Request>
    {
        public First()
        {
            RuleLevelCascadeMode = CascadeMode.Stop;
            RuleFor(request => request.Name).NotEmpty().WithMessage("name is required").Malformed();
            RuleFor(request => request.Name).Must(name => name?.Length < 10).WithMessage("name: at most 9 characters");
        }
    }

    internal sealed class Handler : IRequestHandler<Request, Result<string>>
    {
        public Task<Result<string>> Handle(Request request, CancellationToken cancellationToken) =>
            Task.FromResult<Result<string>>(request.Name!);
    }
}

internal static class Knock
{
    internal sealed record Request : IQuery<string>, IAnonymous
    {
        public static string Reason => "a door has no caller yet";
    }

    internal sealed class Handler : IRequestHandler<Request, Result<string>>
    {
        public Task<Result<string>> Handle(Request request, CancellationToken cancellationToken) =>
            Task.FromResult<Result<string>>("come in");
    }
}

/// <summary>Writes its name, then sends what is nested in it, and fails when it should.</summary>
internal static class Cook
{
    /// <param name="Nested">Sent by the handler; its failure does not fail this one.</param>
    internal sealed record Request(string Name, string? Fails = null, Request? Nested = null, bool Throws = false) : ICommand<string>
    {
        public AuditEntry Audit(string value) => new("dish", AuditAction.Create, value);
    }

    internal sealed class Handler(Db db, ICaller caller, ISender sender) : IRequestHandler<Request, Result<string>>
    {
        private const string AddSql = """
            INSERT INTO public.dishes (org_id, name)
            VALUES (@OrgId, @Name)
            """;

        public async Task<Result<string>> Handle(Request request, CancellationToken cancellationToken)
        {
            await db.Of(caller.OrgId).Execute(AddSql, new { request.Name }, cancellationToken);
            if (request.Nested is not null)
            {
                await sender.Send(request.Nested, cancellationToken);
            }

            return request switch
            {
                { Throws: true } => throw new InvalidTimeZoneException("a bug"),
                { Fails: { } code } => Error.Conflict("burnt", code),
                _ => request.Name,
            };
        }
    }
}

/// <summary>Writes one row as its last act, after those of what is nested in it, and fails afterwards when it should.</summary>
internal static class Bake
{
    internal sealed record Request(string Name, Cook.Request? First = null, bool FailsLater = false) : ICommand<string>
    {
        public AuditEntry Audit(string value) => new("dish", AuditAction.Create, value);
    }

    internal sealed class Handler(Db db, ICaller caller, ISender sender) : IRequestHandler<Request, Result<string>>
    {
        private const string AddSql = """
            INSERT INTO public.dishes (org_id, name)
            VALUES (@OrgId, @Name)
            RETURNING name
            """;

        public async Task<Result<string>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.First is not null)
            {
                await sender.Send(request.First, cancellationToken);
            }

            var baked = await db.Of(caller.OrgId).Insert<string>(AddSql, new { request.Name }, request.Name, Broken, cancellationToken);
            return request.FailsLater ? Error.Conflict("too late", "too_late") : baked;
        }

        private static Error? Broken(string constraint) => constraint == "dishes_name_key" ? Error.Conflict("taken", "taken") : null;
    }
}

/// <summary>Changes one row as its last act, after what is nested in it, or cooks what was not there.</summary>
internal static class Season
{
    internal sealed record Request(string Name, Cook.Request? First = null, bool OrCooks = false) : ICommand<string>
    {
        public AuditEntry Audit(string value) => new("dish", AuditAction.Update, value);
    }

    internal sealed class Handler(Db db, ICaller caller, ISender sender) : IRequestHandler<Request, Result<string>>
    {
        private const string SeasonSql = """
            UPDATE public.dishes
            SET name = name || ' with salt'
            WHERE org_id = @OrgId AND name = @Name
            RETURNING set_config('hoop.told', name, true) AS name
            """;

        public async Task<Result<string>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.First is not null)
            {
                await sender.Send(request.First, cancellationToken);
            }

            var organization = db.Of(caller.OrgId);
            return await organization.Change<string>(
                    SeasonSql, new { request.Name }, request.Name + " with salt", cancellationToken) is { } seasoned
                ? seasoned
                : request.OrCooks ? await sender.Send(new Cook.Request(request.Name), cancellationToken)
                : Error.NotFound();
        }
    }
}

/// <summary>A trail of its own, so that Shared is tested without the module that owns the real one.</summary>
internal sealed class TrailHandler(Db db) : IRequestHandler<RecordAudit>, IRequestHandler<RecordChange>
{
    private const string AppendSql = """
        INSERT INTO public.trail (org_id, name, outcome)
        VALUES (@OrgId, @Name, @Outcome)
        """;

    private const string AppendForetoldSql = """
        INSERT INTO public.trail (org_id, name, outcome)
        SELECT @OrgId, @Name, @Outcome
        WHERE current_setting('hoop.told', true) <> ''
        """;

    public Task Handle(RecordAudit request, CancellationToken cancellationToken) =>
        Append(AppendSql, request.OrgId, request.Entry, cancellationToken);

    public Task Handle(RecordChange request, CancellationToken cancellationToken) =>
        Append(request.IsForetold ? AppendForetoldSql : AppendSql, request.OrgId, request.Entry, cancellationToken);

    private Task Append(string sql, Guid orgId, AuditEntry entry, CancellationToken cancellationToken)
    {
        var row = new { Name = entry.ResourceId, Outcome = entry.Outcome.ToString() };
        if (db.InTransaction)
        {
            db.Of(orgId).Defer(sql, row);
            return Task.CompletedTask;
        }

        return db.Of(orgId).Execute(sql, row, cancellationToken);
    }
}
