using Hoop.Identity.Contracts;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.ApiTokens;

/// <summary>
/// One probe of the unique index on the hash. Whether the person that it belongs to may use it is the admission's to say; the token of a
/// sign-in stands for the person itself.
/// </summary>
internal sealed class AuthenticateApiTokenHandler(Db db, Dependencies on) : IRequestHandler<AuthenticateApiToken, Verdict<Authenticated>>
{
    [CrossOrg("The token is what names the organization.")]
    private const string FindOwnerSql = """
        SELECT id, org_id, split_part(name, '#', 1) AS name, groups, is_operator, expires_at, person_id, is_sign_in
        FROM identity.api_tokens
        WHERE token_hash = @Hash AND (expires_at IS NULL OR expires_at > now())
        """;

    public async Task<Verdict<Authenticated>> Handle(AuthenticateApiToken request, CancellationToken cancellationToken)
    {
        var tokens = on.On(ApiToken.Topic);
        var row = await db.AcrossOrgs.Find<Row>(FindOwnerSql, new { Hash = SecretHash.Of(request.Token) }, cancellationToken);
        if (row is null)
        {
            return new Refusal("unknown_credential", "the API token is unknown, expired or revoked");
        }

        tokens.Key(row.Id.ToString());
        return new Authenticated(
            row.OrgId,
            row.IsOperator ? CallerKind.Operator : row.IsSignIn ? CallerKind.User : CallerKind.ApiToken,
            Alias.OfToken(row.Id),
            row.Name,
            row.Groups,
            row.ExpiresAt)
        {
            Subject = row.Name,
            Person = row.PersonId is { } person ? new PersonReference(person, Issuer: null, Subject: null) : null,
        };
    }

    private sealed record Row(
        Guid Id, Guid OrgId, string Name, string[] Groups, bool IsOperator, DateTime? ExpiresAt, Guid? PersonId, bool IsSignIn);
}
