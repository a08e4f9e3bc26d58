using Hoop.Identity.Mounts;
using Hoop.Identity.Organizations;
using Hoop.Shared;
using Hoop.Shared.Quotas;

namespace Hoop.Identity.People;

/// <summary>
/// POST /api/users. Invites the person with this subject: it may sign in, and has these groups from its first sign-in on. Never by
/// address: who holds one is the issuer's word, and the subject alone is the person.
/// </summary>
internal static class InvitePerson
{
    public static void Map(RouteGroupBuilder people) => people
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""{ "subject": "248289761001", "name": "Jane Doe", "groups": ["developers"] }""")
        .WithName(nameof(InvitePerson));

    /// <param name="Subject">The <c>sub</c> of the person's tokens; a refused sign-in writes it to the gateway's log.</param>
    /// <param name="Issuer">May be left out: the organization's own.</param>
    /// <param name="Groups">Set by admins; a sign-in leaves them alone.</param>
    internal sealed record Request(string? Subject, string? Issuer, string? Name, string[]? Groups) : ICommand<Person>
    {
        public AuditEntry Audit(Person value) => value.Audited(AuditAction.Create);
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Subject).Cascade(CascadeMode.Stop)
                .NotEmpty().WithMessage("subject is required").Malformed()
                .Must(PersonRules.IsText).WithMessage("subject: use at most 255 characters, without control characters");
            RuleFor(request => request.Issuer)
                .Must(issuer => string.IsNullOrEmpty(issuer)
                    || (PersonRules.IsText(issuer) && Uri.TryCreate(issuer, UriKind.Absolute, out var url)
                        && url.Scheme is "https" or "http" && !issuer.Contains('#', StringComparison.Ordinal)))
                .WithMessage("issuer: write the iss of its tokens, such as https://idp.example.com");
            PersonRules.Name(RuleFor(request => request.Name));
            PersonRules.Groups(RuleFor(request => request.Groups));
        }
    }

    internal sealed class Handler(Db db, ICaller caller, OwnMounts own, QuotaCheck quota) : IRequestHandler<Request, Result<Person>>
    {
        private const string CreateSql = $"""
            INSERT INTO identity.people (id, org_id, issuer, subject, name, status, groups)
            VALUES (@Id, @OrgId, @Issuer, @Subject, @Name, 'invited', @Groups)
            ON CONFLICT (org_id, issuer, subject) DO NOTHING
            RETURNING {Person.Columns}
            """;

        public async Task<Result<Person>> Handle(Request request, CancellationToken cancellationToken)
        {
            var issuer = !string.IsNullOrEmpty(request.Issuer) ? request.Issuer
                : caller.OrgId == DefaultOrganization.Id ? own.Issuer
                : null;
            if (issuer is null)
            {
                return PersonErrors.NoIssuer;
            }

            if (await quota.Refuses(caller.OrgId, IdentityQuotas.People, cancellationToken) is { } full)
            {
                return full;
            }

            var row = new { Id = RowId.Next(), Issuer = issuer, request.Subject, Name = request.Name ?? "", Groups = request.Groups ?? [] };
            return await db.Of(caller.OrgId).Find<Person>(CreateSql, row, cancellationToken) is { } invited
                ? invited
                : PersonErrors.AlreadyExists;
        }
    }
}
