using Hoop.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Identity.People;

/// <summary>
/// GET /api/users. The organization's people in the order in which they came; ?email=, ?subject=, ?issuer= and ?status= select. Service
/// accounts are not among them.
/// </summary>
internal static class ListPeople
{
    public static void Map(RouteGroupBuilder people) => people
        .MapGet("/", async (
            [AsParameters] Filter filter, [AsParameters] PageQuery page, HttpContext context, ISender sender,
            CancellationToken cancellationToken) =>
            (await sender.Send(new Request(filter, page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Auditor)
        .WithName(nameof(ListPeople));

    internal sealed record Filter(
        [property: FromQuery(Name = "email")] string? Email,
        [property: FromQuery(Name = "subject")] string? Subject,
        [property: FromQuery(Name = "issuer")] string? Issuer,
        [property: FromQuery(Name = "status")] string? Status);

    internal sealed record Request(Filter Filter, PageQuery Page) : IQuery<Page<Person>>;

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Filter.Email).Must(PersonRules.IsText).WithMessage("email: not an address").Malformed();
            RuleFor(request => request.Filter.Subject).Must(PersonRules.IsText).WithMessage("subject: not a subject").Malformed();
            RuleFor(request => request.Filter.Issuer).Must(PersonRules.IsText).WithMessage("issuer: not an issuer").Malformed();
            RuleFor(request => request.Filter.Status)
                .Must(status => status is null or "active" or "inactive" or "invited").WithMessage(
                    "status: use active, inactive or invited").Malformed();
        }
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Page<Person>>>
    {
        private const string ListSql = $"""
            SELECT {Person.Columns}
            FROM identity.people
            WHERE org_id = @OrgId
              AND (@Email::text IS NULL OR email = @Email)
              AND (@Subject::text IS NULL OR subject = @Subject)
              AND (@Issuer::text IS NULL OR issuer = @Issuer)
              AND (@Status::text IS NULL OR status = @Status)
              AND (@After::uuid IS NULL OR id > @After)
            ORDER BY id
            LIMIT @Limit
            """;

        public async Task<Result<Page<Person>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var filter = request.Filter;
            var cursor = new PageCursor("people", caller.OrgId, filter.Email, filter.Subject, filter.Issuer, filter.Status);
            if (!Paging.Of(request.Page, cursor).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var after = StrictUuid.Parse(paging.After?[0]);
            var args = new { filter.Email, filter.Subject, filter.Issuer, filter.Status, After = after, paging.Limit };
            var rows = await db.Of(caller.OrgId).List<Person>(ListSql, args, cancellationToken);
            return paging.Page(rows, row => [row.Id.ToString()]);
        }
    }
}
