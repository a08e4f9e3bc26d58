using System.Text.Json.Serialization;
using Hoop.Identity.Contracts;
using Hoop.ServiceAccounts.Issuers;
using Hoop.Shared.Secrets;
using Hoop.Shared.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hoop.ServiceAccounts.People;

/// <summary>
/// POST /api/signin. A person shows the token that its issuer gave at a sign-in or a refresh: who is new is registered, and what the issuer
/// says of groups, name and address is taken over. After it the person's access tokens are good here.
/// </summary>
internal static class SignIn
{
    public static void Map(RouteGroupBuilder api) => api
        .MapPost("/signin", async (Body body, ISender sender, CurrentCaller current, CancellationToken cancellationToken) =>
        {
            var proof = await sender.Send(new ProvePerson.Request(body.IdToken, body.AccessToken), cancellationToken);
            if (!proof.Succeeded(out var person, out var error))
            {
                return new Answer<Response>(error, StatusCodes.Status200OK);
            }

            // From here on the person is the caller, so the trail says who it was.
            current.ActAs(person.Caller);
            return (await sender.Send(new Request(person, body.Token), cancellationToken)).ToOk();
        })
        .AllowAnonymous()
        .WithBody("""{ "id_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOiJodHRwcyJ9.c2ln" }""")
        .WithName(nameof(SignIn));

    /// <param name="IdToken">Of the client that GET /api/publicserverinfo names.</param>
    /// <param name="AccessToken">In its place: an access token for this gateway that the same client was given.</param>
    /// <param name="Token">True asks for a token of the gateway's own, where the issuer's access tokens are for another API. It holds for
    /// an hour, for an ID token alone.</param>
    internal sealed record Body(SecretText? IdToken, SecretText? AccessToken, bool Token);

    internal sealed record Request(ProvenPerson Person, bool Token) : ICommand<Response>
    {
        public AuditEntry Audit(Response value) => new("person", value.IsNew ? AuditAction.Create : AuditAction.Authenticate, value.Id)
        {
            Fields = new AuditFields
            {
                { "issuer", Person.Issuer },
                { "subject", Person.Claims.Subject },
                { "email", value.Email },
                { "name", value.Name },
                { "all_groups", value.Groups },
                { "groups_known", value.GroupsKnown },
            },
        };
    }

    /// <param name="IsNew">This was the first sign-in.</param>
    /// <param name="Groups">All that count, of admins and of the issuer.</param>
    /// <param name="GroupsKnown">False: the issuer does not say which groups the person has, and those of before count.</param>
    /// <param name="Warnings">What the person should know.</param>
    /// <param name="Token">When it was asked for: clear text, shown in this answer and never again.</param>
    internal sealed record Response(
        Guid Id,
        string Subject,
        string Email,
        string Name,
        IReadOnlyList<string> Groups,
        bool GroupsKnown,
        bool IsNew,
        IReadOnlyList<string> Warnings,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Token,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? TokenExpiresAt)
    {
        /// <summary>The token is never printed.</summary>
        public override string ToString() => $"Response {{ Id = {Id} }}";
    }

    internal sealed class Handler(
        Db db, ISender sender, IssuerDirectory directory, SignInRefusals refusals, ILogger<Handler> logger)
        : IRequestHandler<Request, Result<Response>>
    {
        private static readonly TimeSpan TokenLife = TimeSpan.FromHours(1);

        private const string IsAccountSql = """
            SELECT EXISTS (
              SELECT FROM service_accounts.accounts WHERE org_id = @OrgId AND issuer = @Issuer AND subject = @Subject)
            """;

        // Whoever changes or deletes the issuer waits for the sign-in, and then finds what it has made.
        private const string VersionSql = """
            SELECT updated_at
            FROM service_accounts.issuers
            WHERE org_id = @OrgId AND id = @Id
            FOR SHARE
            """;

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            var (orgId, issuer, claims) = (request.Person.OrgId, request.Person.Issuer, request.Person.Claims);
            var (entry, options) = (request.Person.Entry, request.Person.Options);
            if (entry.Version is { } version
                && await db.Of(orgId).Find<DateTime?>(VersionSql, new { entry.Id }, cancellationToken) != version)
            {
                await directory.Reread(cancellationToken);
                return Error.Unavailable($"the issuer {issuer} is being changed; try again", "busy");
            }

            if (await db.Of(orgId).Find<bool>(IsAccountSql, new { Issuer = issuer, claims.Subject }, cancellationToken))
            {
                var account = $"\"{Printable.Word(claims.Subject)}\" of {issuer} is registered as a service account";
                return await refusals.Tell(new Refusal("is_service_account", account), cancellationToken);
            }

            var register = new RegisterPerson(
                orgId, issuer, claims.Subject, claims.Email, claims.Name, claims.Groups, options.GroupsClaim is not null,
                options.KeepGroups, options.OnlyInvited, request.Token && request.Person.ByIdToken ? TokenLife : null)
            { ToldAt = claims.IssuedAt };
            var verdict = await sender.Send(register, cancellationToken);
            if (!verdict.Accepted)
            {
                var error = await refusals.Tell(verdict.Refusal, cancellationToken);
                return verdict.Refusal.Code == "groups_unknown" ? GroupsUnknown(claims.GroupsProblem) : error;
            }

            var person = verdict.Proven;
            if (person.SharesEmail)
            {
                logger.LogWarning(
                    "The person {Person} signed in with an address that another person has, too; nothing was linked: GET /api/users?email=",
                    person.Id);
            }

            string[] warnings = person.GroupsKnown
                ? []
                : [$"your groups are unknown to this gateway: {claims.GroupsProblem}; those of before count"];
            return new Response(
                person.Id, claims.Subject, person.Email, person.Name, person.Groups, person.GroupsKnown, person.IsNew, warnings,
                person.Token, person.TokenExpiresAt?.UtcDateTime);
        }
    }

    // The token is good, so its holder may know.
    private static Error GroupsUnknown(string? problem) => Error.Denied(
        $"your groups are unknown, and without them nobody signs in here: {problem}; an admin of the identity provider can limit the groups in tokens to those that are assigned to this application",
        "groups_unknown");
}
