namespace Hoop.Identity.People;

/// <summary>
/// PUT /api/users/{id}. Sets what is named and leaves the rest. Setting <c>inactive</c> refuses the very next request with anything that
/// belongs to the person: access tokens, API tokens, tokens of Vault's kind. They work again once the person is active again. Taking
/// groups away ends the tokens of Vault's kind that it made.
/// </summary>
internal static class UpdatePerson
{
    public static void Map(RouteGroupBuilder people) => people
        .MapPut("/{id:uuid}", async (Guid id, Body body, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id, body.Name, body.Status, body.Groups), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""{ "status": "inactive" }""")
        .WithName(nameof(UpdatePerson));

    internal sealed record Body(string? Name, string? Status, string[]? Groups);

    /// <param name="Status"><c>active</c> or <c>inactive</c>.</param>
    /// <param name="Groups">Replaces the ones set by admins; those of the issuer come on top.</param>
    internal sealed record Request(Guid Id, string? Name, string? Status, string[]? Groups) : ICommand<Person>
    {
        public AuditEntry Audit(Person value) => value.Audited(AuditAction.Update);
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Status)
                .Must(status => status is null or "active" or "inactive").WithMessage("status: use active or inactive");
            RuleFor(request => request)
                .Must(request => request.Name is not null || request.Status is not null || request.Groups is not null).WithMessage(
                    "name nothing to change: give name, status or groups").Malformed().OverridePropertyName("status");
            PersonRules.Name(RuleFor(request => request.Name));
            PersonRules.Groups(RuleFor(request => request.Groups));
        }
    }

    internal sealed class Handler(Db db, ICaller caller, PersonTokens tokens) : IRequestHandler<Request, Result<Person>>
    {
        private const string BeforeSql = $"""
            SELECT {Person.Columns}
            FROM identity.people
            WHERE org_id = @OrgId AND id = @Id
            FOR UPDATE
            """;

        // Who never signed in stays invited when it is activated.
        private const string UpdateSql = $"""
            UPDATE identity.people
            SET status = CASE WHEN @Status = 'active' AND last_sign_in_at IS NULL THEN 'invited' ELSE coalesce(@Status, status) END,
                groups = coalesce(@Groups::text[], groups), name = coalesce(@Name, name), updated_at = now()
            WHERE org_id = @OrgId AND id = @Id
            RETURNING {Person.Columns}
            """;

        public async Task<Result<Person>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(Person.Topic, Person.KeyOf(caller.OrgId, request.Id));
            var change = new { request.Id, request.Name, request.Status, request.Groups };
            if (await db.Of(caller.OrgId).Find<Person>(BeforeSql, new { request.Id }, cancellationToken) is not { } before)
            {
                return PersonErrors.NotFound;
            }

            var person = (await db.Of(caller.OrgId).Find<Person>(UpdateSql, change, cancellationToken))!;
            await tokens.EndWhenLess(caller.OrgId, person.Id, before.Groups, person.Groups, cancellationToken);
            return person;
        }
    }
}
