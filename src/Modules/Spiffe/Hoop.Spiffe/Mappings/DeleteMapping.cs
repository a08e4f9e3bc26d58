namespace Hoop.Spiffe.Mappings;

/// <summary>DELETE /api/spiffe-mappings/{id}. Channels authenticated through the mapping are closed.</summary>
internal static class DeleteMapping
{
    public static void Map(RouteGroupBuilder mappings) => mappings
        .MapDelete("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(Guid Id) : ICommand<Mapping>
    {
        public AuditEntry Audit(Mapping value) => new("spiffe_mapping", AuditAction.Delete, value.Id) { Fields = value.AuditFields };
    }

    internal sealed class Handler(Db db, ICaller caller, IPublisher publisher) : IRequestHandler<Request, Result<Mapping>>
    {
        private const string DeleteSql = $"""
            DELETE FROM spiffe.mappings AS m
            WHERE m.org_id = @OrgId AND m.id = @Id
            RETURNING {Mapping.Columns}
            """;

        public async Task<Result<Mapping>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(Mapping.Topic, ChangeKey.Of(caller.OrgId));
            var deleted = await db.Of(caller.OrgId).Find<Mapping>(DeleteSql, new { request.Id }, cancellationToken);
            if (deleted is null)
            {
                return MappingErrors.NotFound;
            }

            await publisher.Publish(Mapping.Leaving(caller.OrgId, [deleted], "spiffe_mapping_deleted"), cancellationToken);
            return deleted;
        }
    }
}
