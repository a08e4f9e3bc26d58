namespace Hoop.Spiffe.Mappings;

/// <summary>GET /api/spiffe-mappings/{id}. One mapping.</summary>
internal static class GetMapping
{
    public static void Map(RouteGroupBuilder mappings) => mappings
        .MapGet("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(Guid Id) : IQuery<Mapping>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Mapping>>
    {
        private const string GetSql = $"""
            SELECT {Mapping.ShownColumns}
            FROM spiffe.mappings AS m
            WHERE m.org_id = @OrgId AND m.id = @Id
            """;

        public async Task<Result<Mapping>> Handle(Request request, CancellationToken cancellationToken)
        {
            var mapping = await db.Of(caller.OrgId).Find<ShownMapping>(GetSql, new { request.Id }, cancellationToken);
            return mapping is null ? MappingErrors.NotFound : mapping.Whole;
        }
    }
}
