namespace Hoop.Federation.Sessions;

/// <summary>GET /api/sessions/{id}.</summary>
internal static class GetSession
{
    public static void Map(RouteGroupBuilder sessions) => sessions
        .MapGet("/{id:guid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Authenticated);

    internal sealed record Request(Guid Id) : IQuery<Session>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Session>>
    {
        private const string FindSql = $"""
            SELECT {Session.Columns}
            FROM federation.sessions
            WHERE org_id = @OrgId AND id = @Id AND (@OnlyOf::text IS NULL OR caller = @OnlyOf)
            """;

        public async Task<Result<Session>> Handle(Request request, CancellationToken cancellationToken) =>
            await db.Of(caller.OrgId).Find<Session>(
                FindSql, new { request.Id, OnlyOf = Session.OnlyOf(caller.Current) }, cancellationToken) is { } session
                ? session
                : SessionErrors.NotFound;
    }
}
