using System.Globalization;
using System.Text.Json.Serialization;
using Hoop.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Identity.Audit;

/// <summary>
/// GET /api/audit/logs. The organization's audit trail, newest first, a page at a time. The operator may read that of any
/// organization, also of one that was deleted.
/// </summary>
internal static class ListAuditEvents
{
    public static void Map(RouteGroupBuilder audit) => audit
        .MapGet("/logs", async ([AsParameters] Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor)
        .WithName(nameof(ListAuditEvents));

    /// <param name="ActorAlias">What vouched for the actor, and its name or id there.</param>
    /// <param name="ActorSubject">The actor's name where its credential came from.</param>
    /// <param name="ActorKind"><c>operator</c>, <c>api_token</c>, <c>user</c>, <c>service_account</c>, <c>agent</c> or
    /// <c>gateway</c>.</param>
    /// <param name="ResourceType">What it was done to, such as <c>entity</c>.</param>
    /// <param name="ResourceId">Id or name of it.</param>
    /// <param name="Action">What was done, such as <c>create</c>.</param>
    /// <param name="Outcome"><c>begun</c>, <c>success</c> or <c>failure</c>.</param>
    /// <param name="CorrelationId">The one action whose rows to show.</param>
    /// <param name="OrgId">Whose trail, for the operator; the caller's own when absent.</param>
    /// <param name="CreatedAfter">RFC 3339; rows later than this.</param>
    /// <param name="CreatedBefore">RFC 3339; rows earlier than this.</param>
    /// <param name="PageSize">1 to 100; 50 when absent.</param>
    /// <param name="Cursor">The <c>next_cursor</c> of the page before; the filters must stay the same.</param>
    internal sealed record Request(
        [property: FromQuery(Name = "actor_alias")] string? ActorAlias,
        [property: FromQuery(Name = "actor_subject")] string? ActorSubject,
        [property: FromQuery(Name = "actor_kind")] string? ActorKind,
        [property: FromQuery(Name = "resource_type")] string? ResourceType,
        [property: FromQuery(Name = "resource_id")] string? ResourceId,
        [property: FromQuery(Name = "action")] string? Action,
        [property: FromQuery(Name = "outcome")] string? Outcome,
        [property: FromQuery(Name = "correlation_id")] string? CorrelationId,
        [property: FromQuery(Name = "org_id")] string? OrgId,
        [property: FromQuery(Name = "created_after")] string? CreatedAfter,
        [property: FromQuery(Name = "created_before")] string? CreatedBefore,
        [property: FromQuery(Name = "page_size")] string? PageSize,
        [property: FromQuery(Name = "cursor")] string? Cursor) : IQuery<Response>;

    /// <param name="NextCursor">Left out on the last page.</param>
    internal sealed record Response(
        IReadOnlyList<AuditEvent> Data,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NextCursor);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            // PostgreSQL has no NUL in text: such a filter would match nothing, and break the statement.
            RuleForEach(
                request => new[] { request.ActorAlias, request.ActorSubject, request.ActorKind, request.ResourceType, request.ResourceId,
                    request.Action })
                .Must(
                    text => text?.Contains('\0', StringComparison.Ordinal) is not true).WithMessage(
                        "a filter cannot hold a NUL character").OverridePropertyName("filter");
            RuleFor(request => request.Outcome).Must(
                outcome => outcome is null or "begun" or "success" or "failure").WithMessage("outcome must be begun, success or failure");
            RuleFor(request => request.CorrelationId).Must(
                id => id is null || StrictUuid.TryParse(id, out _)).WithMessage("correlation_id must be a UUID");
            RuleFor(request => request.OrgId).Must(id => id is null || StrictUuid.TryParse(id, out _)).WithMessage("org_id must be a UUID");
            RuleFor(request => request.CreatedAfter).Must(IsTime).WithMessage("created_after: use a time such as 2030-01-31T12:00:00Z");
            RuleFor(request => request.CreatedBefore).Must(IsTime).WithMessage("created_before: use a time such as 2030-01-31T12:00:00Z");
            RuleFor(request => request.PageSize).Must(
                size => size is null || SizeOf(size) is >= 1 and <= 100).WithMessage("page_size must be between 1 and 100");
        }

        private static bool IsTime(string? text) => text is null || Rfc3339.TryParse(text, out _);
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Response>>
    {
        // The same for every other id, whether an organization has it, had it or never will.
        private static readonly Error ForeignTrail = Error.Denied("org_id: only the operator reads the trail of another organization");

        private const string PageSql = $"""
            SELECT {AuditEvent.Columns}
            FROM identity.audit_events
            WHERE org_id = @OrgId
              AND id < @Before
              AND (@ActorAlias::text IS NULL OR actor_alias = @ActorAlias)
              AND (@ActorSubject::text IS NULL OR actor_subject = @ActorSubject)
              AND (@ActorKind::text IS NULL OR actor_kind = @ActorKind)
              AND (@ResourceType::text IS NULL OR resource_type = @ResourceType)
              AND (@ResourceId::text IS NULL OR resource_id = @ResourceId)
              AND (@Action::text IS NULL OR action = @Action)
              AND (@Outcome::text IS NULL OR outcome = @Outcome)
              AND (@CorrelationId::uuid IS NULL OR correlation_id = @CorrelationId)
              AND (@After::timestamptz IS NULL OR occurred_at > @After)
              AND (@Until::timestamptz IS NULL OR occurred_at < @Until)
            ORDER BY id DESC
            LIMIT @Limit
            """;

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            var orgId = StrictUuid.Parse(request.OrgId) ?? caller.OrgId;
            if (orgId != caller.OrgId && caller.Current?.Kind != CallerKind.Operator)
            {
                return ForeignTrail;
            }

            var before = long.MaxValue;
            var cursor = new PageCursor("audit_events", orgId);
            if (request.Cursor is { } text && !(cursor.TryParse(text, 1, out var key)
                && long.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out before)))
            {
                return Error.Malformed("cursor: use the next_cursor of an earlier page as it is", "bad_cursor");
            }

            var size = request.PageSize is null ? 50 : SizeOf(request.PageSize);
            var page = new
            {
                Before = before,
                request.ActorAlias,
                request.ActorSubject,
                request.ActorKind,
                request.ResourceType,
                request.ResourceId,
                request.Action,
                request.Outcome,
                CorrelationId = StrictUuid.Parse(request.CorrelationId),
                After = TimeOf(request.CreatedAfter),
                Until = TimeOf(request.CreatedBefore),
                Limit = size + 1,
            };
            var rows = await db.Of(orgId).List<AuditEvent>(PageSql, page, cancellationToken);
            return rows.Count <= size
                ? new Response(rows, NextCursor: null)
                : new Response([.. rows.Take(size)], cursor.Of(rows[size - 1].Id.ToString(CultureInfo.InvariantCulture)));
        }

        private static DateTime? TimeOf(string? text) => Rfc3339.TryParse(text, out var time) ? time.UtcDateTime : null;
    }

    private static int SizeOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;
}
