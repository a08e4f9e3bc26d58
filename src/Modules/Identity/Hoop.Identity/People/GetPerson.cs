namespace Hoop.Identity.People;

/// <summary>GET /api/users/{id}. By id alone: an address may belong to several people, and GET /api/users?email= shows them.</summary>
internal static class GetPerson
{
    public static void Map(RouteGroupBuilder people) => people
        .MapGet("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor)
        .WithName(nameof(GetPerson));

    internal sealed record Request(Guid Id) : IQuery<Person>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Person>>
    {
        private const string GetSql = $"""
            SELECT {Person.Columns}
            FROM identity.people
            WHERE org_id = @OrgId AND id = @Id
            """;

        public async Task<Result<Person>> Handle(Request request, CancellationToken cancellationToken) =>
            await db.Of(caller.OrgId).Find<Person>(GetSql, new { request.Id }, cancellationToken) is { } person
                ? person
                : PersonErrors.NotFound;
    }
}
