using Hoop.Identity.Contracts;
using Hoop.Identity.Mounts;
using Hoop.Identity.Organizations;
using Hoop.Shared.Quotas;
using Hoop.Shared.Text;

namespace Hoop.Identity.People;

/// <summary>
/// One sign-in. The row is found by issuer and subject and by nothing else: an address or a name that somebody else has links nothing.
/// </summary>
internal sealed class RegisterPersonHandler(
    Db db, QuotaCheck quota, SignInTokens tokens, PersonTokens made, TimeProvider clock)
    : IRequestHandler<RegisterPerson, Verdict<RegisteredPerson>>
{
    private const string FindSql = $"""
        SELECT id, status, issuer_groups_at, last_sign_in_at, {Person.ToldGroups} AS groups
        FROM identity.people
        WHERE org_id = @OrgId AND issuer = @Issuer AND subject = @Subject
        FOR UPDATE
        """;

    private const string CreateSql = """
        INSERT INTO identity.people (id, org_id, issuer, subject, status)
        VALUES (@Id, @OrgId, @Issuer, @Subject, 'invited')
        ON CONFLICT (org_id, issuer, subject) DO NOTHING
        """;

    // What the issuer does not say stays as it was; a name that it does not know does not erase one. Groups count from when they were told,
    // and those of a token that is older than what is known already are told no more.
    private const string SignInSql = $"""
        UPDATE identity.people
        SET status = 'active', email = @Email, name = coalesce(nullif(@Name, ''), name),
            issuer_groups = CASE
              WHEN NOT @AsksForGroups THEN ARRAY[]::text[]
              WHEN @Groups::text[] IS NULL OR @ToldAt::timestamptz < issuer_groups_at THEN issuer_groups
              ELSE @Groups::text[] END,
            issuer_groups_at = CASE
              WHEN NOT @AsksForGroups THEN NULL
              WHEN @Groups::text[] IS NULL THEN issuer_groups_at
              ELSE greatest(issuer_groups_at, @ToldAt::timestamptz) END,
            issuer_groups_keep_seconds = @KeepSeconds,
            last_sign_in_at = @Now::timestamptz, updated_at = @Now::timestamptz
        WHERE org_id = @OrgId AND id = @Id
        RETURNING id, email, name, {Person.AllGroups} AS all_groups,
          email <> '' AND EXISTS (
            SELECT FROM identity.people AS other WHERE other.org_id = @OrgId AND other.email = @Email AND other.id <> @Id) AS shares_email
        """;

    public async Task<Verdict<RegisteredPerson>> Handle(RegisterPerson request, CancellationToken cancellationToken)
    {
        var organization = db.Of(request.OrgId);
        var key = new { request.Issuer, request.Subject };
        var found = await organization.Find<Row>(FindSql, key, cancellationToken);
        if (found is not null)
        {
            // Also when nothing turns out to change: the sign-in before may have ended before every gateway had heard of it.
            db.Announce(Person.Topic, Person.KeyOf(request.OrgId, found.Id));
        }

        if (Refused(request, found) is { } refusal)
        {
            return refusal;
        }

        if (found is null)
        {
            if (await quota.Refuses(request.OrgId, IdentityQuotas.People, cancellationToken) is { } full)
            {
                return new Refusal("quota", full.Message);
            }

            // So that entities can have the people of this issuer as aliases.
            await organization.Execute(OwnMounts.EnsureSql, new OwnMounts(request.Issuer).Values, cancellationToken);

            // Two first sign-ins at once are one person.
            await organization.Execute(CreateSql, new { Id = RowId.Next(), request.Issuer, request.Subject }, cancellationToken);
            found = (await organization.Find<Row>(FindSql, key, cancellationToken))!;
            if (Refused(request with { OnlyInvited = false }, found) is { } since)
            {
                return since;
            }
        }

        var signedIn = await organization.Find<Signed>(
            SignInSql,
            new
            {
                found.Id,
                request.Email,
                request.Name,
                request.AsksForGroups,
                Groups = request.Groups?.ToArray(),
                ToldAt = (request.ToldAt is { } told && told < clock.GetUtcNow() ? told : clock.GetUtcNow()).UtcDateTime,
                KeepSeconds = (int)request.KeepGroups.TotalSeconds,
                Now = clock.GetUtcNow().UtcDateTime,
            },
            cancellationToken);
        await made.EndWhenLess(request.OrgId, found.Id, found.Groups, signedIn!.AllGroups, cancellationToken);
        var token = request.TokenFor is { } life
            ? await tokens.Make(request.OrgId, found.Id, clock.GetUtcNow() + life, cancellationToken)
            : default;
        return new RegisteredPerson(
            found.Id,
            found.LastSignInAt is null,
            signedIn.Email,
            signedIn.Name,
            signedIn.AllGroups,
            GroupsKnown: !request.AsksForGroups || request.Groups is not null,
            signedIn.SharesEmail,
            token.Token,
            token.ExpiresAt);
    }

    private Refusal? Refused(RegisterPerson request, Row? found)
    {
        var who = $"\"{Printable.Word(request.Subject)}\" of {Printable.Word(request.Issuer)}";
        if (found is null && request.OnlyInvited)
        {
            return new Refusal("not_invited", $"{who} is not invited; to invite: hoop admin create user SUBJECT, or POST /api/users");
        }

        if (found is { Status: "inactive" })
        {
            return new Refusal("inactive_person", $"the person {found.Id}, {who}, is inactive");
        }

        // Never known is not «too long ago»: there is nothing of the issuer that could have been taken away since.
        var tooOld = found?.IssuerGroupsAt is { } known && clock.GetUtcNow().UtcDateTime - known > request.KeepGroups;
        return request is { AsksForGroups: true, Groups: null } && (tooOld || request.KeepGroups == TimeSpan.Zero)
            ? new Refusal("groups_unknown", $"the issuer does not say which groups {who} has")
            : null;
    }

    private sealed record Row(Guid Id, string Status, DateTime? IssuerGroupsAt, DateTime? LastSignInAt, string[] Groups);

    private sealed record Signed(Guid Id, string Email, string Name, string[] AllGroups, bool SharesEmail);
}
