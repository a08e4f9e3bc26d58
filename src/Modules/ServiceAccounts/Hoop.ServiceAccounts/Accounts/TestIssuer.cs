using Hoop.ServiceAccounts.Issuers;
using Hoop.ServiceAccounts.Rules;
using Hoop.Shared;
using Hoop.Shared.Jose;
using Hoop.Shared.Secrets;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>
/// POST /api/issuers/test. What becomes of an access token, question by question, by the very code that authenticates; the caller of the
/// token would be told nothing.
/// </summary>
internal static class TestIssuer
{
    public static void Map(RouteGroupBuilder issuers) => issuers
        .MapPost("/test", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor)
        .WithBody("""{ "token": "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.c2ln" }""");

    /// <param name="Issuer">URL or id: whom to ask about an opaque token, where there are several.</param>
    internal sealed record Request(SecretText? Token, string? Issuer = null) : IQuery<Response>;

    /// <param name="Accepted">Whether it would get in now.</param>
    /// <param name="Issuer">Which one judged it; null when none did.</param>
    /// <param name="Subject">The account's, as the token names it; null when it was not read.</param>
    /// <param name="Steps">In order. After a step that ends it the others are not asked.</param>
    /// <param name="Rules">What each rule of the issuer says, the strongest first, where no account is registered for the subject.</param>
    internal sealed record Response(
        bool Accepted, string? Issuer, Guid? IssuerId, string? Subject, IReadOnlyList<TokenStep> Steps, IReadOnlyList<RuleOutcome> Rules);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Token)
            .Must(token => token is { IsEmpty: false }).WithMessage("token is required").Malformed();
    }

    internal sealed class Handler(
        AccessTokenVerifier verifier, OpaqueTokens opaque, AccountLookup accounts, ICaller caller, TimeProvider clock)
        : IRequestHandler<Request, Result<Response>>
    {
        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            var (token, steps) = (request.Token!.Reveal(), new List<TokenStep>());
            var outcomes = new List<RuleOutcome>();
            if (OpaqueTokens.IsOpaque(token) && opaque.Find(Named(request.Issuer), caller.OrgId).Proven is { } asked)
            {
                return await Introspected(token, asked, steps, outcomes, cancellationToken);
            }

            if (Issuer(token, steps) is not { } entry)
            {
                return new Response(Accepted: false, null, null, null, steps, outcomes);
            }

            var subject = Explain(token, entry, steps);
            var verdict = await verifier.Verify(token, cancellationToken);
            if (!verdict.Accepted)
            {
                if (steps.TrueForAll(step => step.Accepted))
                {
                    steps.Add(new TokenStep(
                        verdict.Refusal.Code is TokenRefusalCodes.UnknownKey or TokenRefusalCodes.NoKeys ? "key" : "signature",
                        false,
                        verdict.Refusal.Reason));
                }
            }
            else
            {
                steps.Add(new TokenStep("signature", true, "made by a key of this issuer"));
                await Account(verdict.Proven, token, steps, outcomes, cancellationToken);
            }

            return new Response(steps.TrueForAll(step => step.Accepted), entry.Trusted.Issuer, entry.Trusted.Id, subject, steps, outcomes);
        }

        private async Task<Response> Introspected(
            string token, IssuerEntry entry, List<TokenStep> steps, List<RuleOutcome> outcomes, CancellationToken cancellationToken)
        {
            var needsName = opaque.Find(named: null, DefaultOrganization.Id).Proven != entry;
            steps.Add(new TokenStep(
                "issuer", true, entry.Trusted.Issuer + (needsName ? $"; requests must say X-Hoop-Issuer: {entry.Id}" : "")));
            var verdict = await opaque.Verify(token, entry, steps, cancellationToken);
            if (verdict.Accepted)
            {
                await Account(verdict.Proven, token, steps, outcomes, cancellationToken);
            }

            return new Response(
                verdict.Accepted && steps.TrueForAll(step => step.Accepted),
                entry.Trusted.Issuer,
                entry.Trusted.Id,
                verdict.Proven?.Subject,
                steps,
                outcomes);
        }

        private async Task Account(
            VerifiedToken token, string presented, List<TokenStep> steps, List<RuleOutcome> outcomes, CancellationToken cancellationToken)
        {
            var found = await accounts.Find(token, presented, outcomes, cancellationToken);
            steps.Add(found.Accepted
                ? new TokenStep("account", true, found.Proven.Explanation)
                : new TokenStep("account", false, found.Refusal.Reason));
        }

        private static string? Named(string? issuer) => issuer is "" ? null : issuer;

        // Another organization's issuer is one that nobody has heard of.
        private IssuerEntry? Issuer(string token, List<TokenStep> steps)
        {
            var found = verifier.Find(token);
            var own = found.Accepted && found.Proven.Trusted.OrgId == caller.OrgId ? found.Proven : null;
            steps.Add(own is not null
                ? new TokenStep("issuer", true, own.Trusted.Issuer)
                : new TokenStep(
                    found.Refusal?.Code == TokenRefusalCodes.Malformed ? "form" : "issuer",
                    false,
                    found.Refusal?.Reason ?? "iss is not an issuer that this organization trusts (/api/issuers)"));
            return own;
        }

        private string? Explain(string token, IssuerEntry entry, List<TokenStep> steps)
        {
            if (!CompactJws.TryParse(token, out var jws, out _))
            {
                return null;
            }

            using (jws)
            {
                if (!JwtClaims.TryRead(jws.Payload, out var claims, out _))
                {
                    return null;
                }

                _ = TokenChecks.First(jws, claims, entry.Trusted, clock.GetUtcNow(), steps);
                return TokenChecks.SubjectOf(claims, entry.Trusted);
            }
        }
    }
}
