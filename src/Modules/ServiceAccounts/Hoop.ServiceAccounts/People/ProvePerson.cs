using Hoop.Identity.Contracts;
using Hoop.ServiceAccounts.Issuers;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;

namespace Hoop.ServiceAccounts.People;

/// <summary>A person, as a verified token says.</summary>
/// <param name="Entry">Where it signs in; whoever lets it in compares the version with the row.</param>
/// <param name="ByIdToken">The token was made for this sign-in, and opens nothing by itself.</param>
internal sealed record ProvenPerson(IssuerEntry Entry, PersonClaims Claims, bool ByIdToken)
{
    public Guid OrgId => Entry.Trusted.OrgId;

    public string Issuer => Entry.Trusted.Issuer;

    public SignInOptions Options => Entry.Trusted.People!;

    public Caller Caller => new(
        OrgId, CallerKind.User, Alias.OfPerson(Issuer, Claims.Subject), Claims.Name.Length > 0 ? Claims.Name : Claims.Subject, [],
        Role.Standard);
}

/// <summary>The first half of a sign-in: is the token good? It reads nothing of the database.</summary>
internal static class ProvePerson
{
    internal sealed record Request(SecretText? IdToken, SecretText? AccessToken) : IQuery<ProvenPerson>, IAnonymous
    {
        public static string Reason => "signing in is what makes a caller known";
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.IdToken)
            .Must((request, token) => (token is { IsEmpty: false }) ^ (request.AccessToken is { IsEmpty: false })).WithMessage(
                "id_token: give an id_token, or an access_token in its place").Malformed().OverridePropertyName("id_token");
    }

    internal sealed class Handler(
        SignInVerifier verifier, SignInRefusals refusals, BadTokens bad, IHttpContextAccessor http)
        : IRequestHandler<Request, Result<ProvenPerson>>
    {
        public async Task<Result<ProvenPerson>> Handle(Request request, CancellationToken cancellationToken)
        {
            var verdict = await bad.Check(
                http.HttpContext?.Connection.RemoteIpAddress,
                async cancel =>
                {
                    var judged = request.IdToken is { IsEmpty: false } idToken
                        ? await verifier.VerifyIdToken(idToken.Reveal(), cancel)
                        : await verifier.VerifyAccessToken(request.AccessToken!.Reveal(), cancel);
                    return (judged, judged.Refusal is { IsForNow: false });
                },
                tooMany => new(tooMany),
                cancellationToken);
            return verdict.Accepted
                ? verdict.Proven
                : await refusals.Tell(verdict.Refusal, cancellationToken);
        }
    }
}

/// <summary>A refused sign-in: the operator's log and trail learn why, and the caller only that it is so.</summary>
internal sealed class SignInRefusals(SignInLog log, IPublisher publisher, IHttpContextAccessor http)
{
    // The same for a bad token, a person who is inactive, and one who is not invited.
    private static readonly Error NotAccepted = Error.Unauthenticated with { Message = "access denied: the token was not accepted" };

    public async Task<Error> Tell(Refusal refusal, CancellationToken cancellationToken)
    {
        if (http.HttpContext is { } context)
        {
            log.Refused(context, refusal);
            await publisher.Publish(
                new SignInRefused(RequestOrigin.AddressOf(context) ?? "unknown", "sign_in", refusal.Code), cancellationToken);
        }

        return refusal.IsForNow ? SignInErrors.NotNow(refusal) : NotAccepted;
    }
}
