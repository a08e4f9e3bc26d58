using System.Globalization;
using Hoop.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// GET /api/spiffe-mappings. Newest first, filtered by any of its members.
/// </summary>
internal static class ListMappings
{
    public static void Map(RouteGroupBuilder mappings) => mappings
        .MapGet("/", async ([AsParameters] Request request, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToPage(context))
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
        [property: FromQuery(Name = "cursor")] string? Cursor) : IQuery<Page<Mapping>>;

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
        }
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Page<Mapping>>>
    {
        private const string ListSql = $"""
            SELECT {Mapping.ShownColumns}
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

        public async Task<Result<Page<Mapping>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var cursor = new PageCursor(
                "spiffe_mappings", caller.OrgId, request.TrustDomain, request.SpiffeId, request.SpiffePrefix, request.AgentId?.ToString(),
                request.Group);
            if (!Paging.Of(new PageQuery(request.PageSize, request.Cursor), cursor, parts: 2).Succeeded(out var paging, out var error))
            {
                return error;
            }

            DateTime? afterTime = null;
            Guid? afterId = null;
            if (paging.After is { } after)
            {
                // The key is ours as far as its digest tells, which anybody can compute.
                if (!long.TryParse(after[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
                    || ticks > DateTime.MaxValue.Ticks
                    || !StrictUuid.TryParse(after[1], out var id))
                {
                    return Paging.BadCursor;
                }

                (afterTime, afterId) = (new DateTime(ticks, DateTimeKind.Utc), id);
            }

            var filters = new
            {
                request.TrustDomain,
                request.SpiffeId,
                request.SpiffePrefix,
                request.AgentId,
                request.Group,
                AfterTime = afterTime,
                AfterId = afterId,
                paging.Limit,
            };
            var rows = await db.Of(caller.OrgId).List<ShownMapping>(ListSql, filters, cancellationToken);
            return paging.Page<Mapping>(
                [.. rows.Select(row => row.Whole)], row => [row.CreatedAt.Ticks.ToString(CultureInfo.InvariantCulture), row.Id.ToString()]);
        }
    }
}
