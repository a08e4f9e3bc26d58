using Hoop.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Federation.Sessions;

/// <summary>GET /api/sessions. Newest first; admins and auditors see all of the organization, everybody else what is their own.</summary>
internal static class ListSessions
{
    private static readonly string[] Statuses = ["opening", "running", "done", "failed", "denied", "ended", "lost"];

    public static void Map(RouteGroupBuilder sessions) => sessions
        .MapGet("/", async ([AsParameters] Request request, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Authenticated);

    /// <param name="Connection">Name of the connection when the session was opened.</param>
    /// <param name="Status">One of the statuses; <c>open</c> for opening and running.</param>
    /// <param name="User">Address or subject of the user.</param>
    /// <param name="CorrelationId">As it was given.</param>
    /// <param name="PageSize">1 to 1000; without it the list is whole, up to 10,000 rows.</param>
    /// <param name="Cursor">Of the page before; the filters must stay the same.</param>
    internal sealed record Request(
        [property: FromQuery(Name = "connection")] string? Connection,
        [property: FromQuery(Name = "status")] string? Status,
        [property: FromQuery(Name = "user")] string? User,
        [property: FromQuery(Name = "correlation_id")] string? CorrelationId,
        [property: FromQuery(Name = "page_size")] int? PageSize,
        [property: FromQuery(Name = "cursor")] string? Cursor) : IQuery<Page<Session>>;

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Status).Must(status => status is null or "open" || Statuses.Contains(status))
                .WithMessage($"status: open, {string.Join(", ", Statuses)}").Malformed();
            RuleFor(request => request.CorrelationId).Must(SessionHeaders.IsCorrelationId).WithMessage(SessionHeaders.Rule).Malformed();
            RuleFor(request => request.Connection).Must(IsText).WithMessage("connection: must not hold control characters").Malformed();
            RuleFor(request => request.User).Must(IsText).WithMessage("user: must not hold control characters").Malformed();
        }

        private static bool IsText(string? text) => text is null || !text.Any(char.IsControl);
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Page<Session>>>
    {
        private const string ListSql = $"""
            SELECT {Session.Columns}
            FROM federation.sessions
            WHERE org_id = @OrgId
              AND (@OnlyOf::text IS NULL OR caller = @OnlyOf)
              AND (@Connection::text IS NULL OR connection_name = @Connection)
              AND (@User::text IS NULL OR user_email = @User OR user_id = @User)
              AND (@CorrelationId::text IS NULL OR correlation_id = @CorrelationId)
              AND (@Statuses::text[] IS NULL OR status = ANY (@Statuses))
              AND (@After::uuid IS NULL OR id < @After)
            ORDER BY id DESC
            LIMIT @Limit
            """;

        public async Task<Result<Page<Session>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var cursor = new PageCursor(
                "sessions", caller.OrgId, request.Connection, request.Status, request.User, request.CorrelationId);
            if (!Paging.Of(new PageQuery(request.PageSize, request.Cursor), cursor).Succeeded(out var paging, out var error))
            {
                return error;
            }

            Guid? after = null;
            if (paging.After is [var text])
            {
                if (!StrictUuid.TryParse(text, out var id))
                {
                    return Paging.BadCursor;
                }

                after = id;
            }

            var filters = new
            {
                OnlyOf = Session.OnlyOf(caller.Current),
                request.Connection,
                request.User,
                request.CorrelationId,
                Statuses = request.Status switch { null => null, "open" => ["opening", "running"], var status => new[] { status } },
                After = after,
                paging.Limit,
            };
            var rows = await db.Of(caller.OrgId).List<Session>(ListSql, filters, cancellationToken);
            return paging.Page(rows, row => [row.Id.ToString()]);
        }
    }
}
