using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// GET /api/spiffe-mappings. Newest first, filtered by any of its members; an array always. When more rows follow, the header
/// <c>Link</c> (RFC 8288) leads to them and <c>X-Next-Cursor</c> holds the bare cursor.
/// </summary>
internal static class ListMappings
{
    private const int DefaultPageSize = 10_000;
    private const int MaxPageSize = 1_000;

    public static void Map(RouteGroupBuilder mappings) => mappings
        .MapGet("/", async ([AsParameters] Request request, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
        {
            var result = await sender.Send(request, cancellationToken);
            if (!result.Succeeded(out var page, out var error))
            {
                return new Answer<IReadOnlyList<Mapping>>(error, StatusCodes.Status200OK);
            }

            NextPage.Announce(context, page.Next);
            return Result.Of(page.Mappings).ToOk();
        })
        .RequireAuthorization(Policies.Auditor);

    /// <param name="TrustDomain">Of the mapping.</param>
    /// <param name="SpiffeId">The exact SPIFFE ID of the mapping.</param>
    /// <param name="SpiffePrefix">The prefix of the mapping, as it was written.</param>
    /// <param name="AgentId">The agent that the mapping leads to.</param>
    /// <param name="Group">One of the mapping's groups.</param>
    /// <param name="PageSize">1 to 1000; without it the list is whole, up to 10,000 rows.</param>
    /// <param name="Cursor">Of the page before; the filters must stay the same.</param>
    internal sealed record Request(
        [property: FromQuery(Name = "trust_domain")] string? TrustDomain,
        [property: FromQuery(Name = "spiffe_id")] string? SpiffeId,
        [property: FromQuery(Name = "spiffe_prefix")] string? SpiffePrefix,
        [property: FromQuery(Name = "agent_id")] Guid? AgentId,
        [property: FromQuery(Name = "group")] string? Group,
        [property: FromQuery(Name = "page_size")] int? PageSize,
        [property: FromQuery(Name = "cursor")] string? Cursor) : IQuery<Page>
    {
        /// <summary>A cursor goes on with the list it came from, and with no other.</summary>
        public string Filters => string.Join('\n', TrustDomain, SpiffeId, SpiffePrefix, AgentId, Group);
    }

    internal sealed record Page(IReadOnlyList<Mapping> Mappings, string? Next);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.TrustDomain).Must(
                name => name is null || Spiffe.TrustDomain.TryParse(name, out _, out _)).WithMessage(
                    "trust_domain: not a trust domain").Malformed();
            RuleFor(request => request.SpiffeId).Must(
                id => id is null || Spiffe.SpiffeId.TryParse(id, out _, out _)).WithMessage("spiffe_id: not a SPIFFE ID").Malformed();
            RuleFor(request => request.SpiffePrefix).Must(
                prefix => prefix is null || Spiffe.SpiffePrefix.TryParse(prefix, out _, out _)).WithMessage(
                    "spiffe_prefix: not the beginning of a SPIFFE ID").Malformed();
            RuleFor(request => request.Group).Must(
                group => group is null || !group.Any(char.IsControl)).WithMessage("group: must not hold control characters").Malformed();
            RuleFor(request => request.PageSize).InclusiveBetween(1, MaxPageSize).WithMessage(
                $"page_size: from 1 to {MaxPageSize}").Malformed();
        }
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Page>>
    {
        private const string ListSql = $"""
            SELECT {Mapping.Columns}
            FROM spiffe.mappings AS m
            WHERE m.org_id = @OrgId
              AND (@TrustDomain::text IS NULL OR m.trust_domain = @TrustDomain)
              AND (@SpiffeId::text IS NULL OR m.spiffe_id = @SpiffeId)
              AND (@SpiffePrefix::text IS NULL OR m.spiffe_prefix = @SpiffePrefix)
              AND (@AgentId::uuid IS NULL OR m.agent_id = @AgentId)
              AND (@Group::text IS NULL OR @Group = ANY (m.groups))
              AND (@AfterTime::timestamptz IS NULL OR (m.created_at, m.id) < (@AfterTime, @AfterId))
            ORDER BY m.created_at DESC, m.id DESC
            LIMIT @Limit
            """;

        public async Task<Result<Page>> Handle(Request request, CancellationToken cancellationToken)
        {
            MappingCursor? after = null;
            if (request.Cursor is { } text && !MappingCursor.TryParse(text, caller.OrgId, request.Filters, out after))
            {
                return Error.Malformed("cursor: not one that this list gave; start again without it");
            }

            var size = request.PageSize ?? DefaultPageSize;
            var filters = new
            {
                request.TrustDomain,
                request.SpiffeId,
                request.SpiffePrefix,
                request.AgentId,
                request.Group,
                AfterTime = after?.CreatedAt,
                AfterId = after?.Id,
                Limit = size + 1,
            };
            var rows = await db.Of(caller.OrgId).List<Mapping>(ListSql, filters, cancellationToken);
            return rows.Count <= size
                ? new Page(rows, Next: null)
                : new Page(
                    [.. rows.Take(size)],
                    new MappingCursor(rows[size - 1].CreatedAt, rows[size - 1].Id).Format(caller.OrgId, request.Filters));
        }
    }
}
