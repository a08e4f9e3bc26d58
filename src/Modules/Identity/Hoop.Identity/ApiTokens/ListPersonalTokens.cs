using Hoop.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Identity.ApiTokens;

/// <summary>
/// GET /api/tokens. The caller's own tokens, or with ?person_id= those of another person, for admins and auditors; never a secret.
/// </summary>
internal static class ListPersonalTokens
{
    public static void Map(RouteGroupBuilder tokens) => tokens
        .MapGet("/", async (
            [FromQuery(Name = "person_id")] string? personId, [AsParameters] PageQuery page, HttpContext context, ISender sender,
            CancellationToken cancellationToken) => (await sender.Send(new Request(personId, page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Authenticated)
        .WithName(nameof(ListPersonalTokens));

    internal sealed record Request(string? PersonId, PageQuery Page) : IQuery<Page<ApiToken>>;

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.PersonId)
            .Must(id => id is null || StrictUuid.TryParse(id, out _)).WithMessage("person_id must be a UUID").Malformed();
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Page<ApiToken>>>
    {
        private const string ListSql = $"""
            SELECT {ApiToken.Columns}
            FROM identity.api_tokens
            WHERE org_id = @OrgId AND person_id = @PersonId AND NOT is_sign_in
              AND (@After::uuid IS NULL OR id > @After)
            ORDER BY id
            LIMIT @Limit
            """;

        public async Task<Result<Page<ApiToken>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var me = caller.Current!;
            var person = StrictUuid.Parse(request.PersonId) ?? me.PersonId;
            var cursor = new PageCursor("personal_tokens", caller.OrgId, person?.ToString());
            if (!Paging.Of(request.Page, cursor).Succeeded(out var paging, out var error))
            {
                return error;
            }

            // Whose tokens these are is nobody's business: without the right they look like none.
            var mayRead = person is not null && (person == me.PersonId || me.Role is Role.Admin or Role.Auditor);
            var args = new { PersonId = person, After = StrictUuid.Parse(paging.After?[0]), paging.Limit };
            var rows = mayRead ? await db.Of(caller.OrgId).List<ApiToken>(ListSql, args, cancellationToken) : [];
            return paging.Page(rows, row => [row.Id.ToString()]);
        }
    }
}
