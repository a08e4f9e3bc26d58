using Hoop.ServiceAccounts.Contracts;
using Hoop.ServiceAccounts.Issuers;
using Hoop.Shared.Sources;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>Verifies the token, then reads the account's row. What the answer rests on is declared.</summary>
internal sealed class AuthenticateAccessTokenHandler(
    IssuerDirectory directory,
    AccessTokenVerifier verifier,
    OpaqueTokens opaque,
    AccountLookup accounts,
    Dependencies on,
    TimeProvider clock)
    : IRequestHandler<AuthenticateAccessToken, Verdict<Authenticated>>
{
    public async Task<Verdict<Authenticated>> Handle(AuthenticateAccessToken request, CancellationToken cancellationToken)
    {
        // The second round is for an issuer that had just changed; there is no third.
        for (var last = false; ; last = true)
        {
            var (issuers, keys) = (on.On(StoredIssuer.Topic), on.On(StoredIssuer.Topic));
            var verdict = OpaqueTokens.IsOpaque(request.Token)
                ? await opaque.Verify(request.Token, request.Issuer, cancellationToken)
                : await verifier.Verify(request.Token, cancellationToken);
            if (!verdict.Accepted)
            {
                return verdict.Refusal;
            }

            var token = verdict.Proven;
            issuers.Key(StoredIssuer.KeyOf(token.Issuer));
            keys.Key(SourceChange.LoadedOf(token.Issuer));
            if (token.CountsFor(clock) is { } whileTold)
            {
                on.NoLongerThan(whileTold);
            }
            else if (token.Entry.Keys.Snapshot.UsableFor is { } left)
            {
                on.NoLongerThan(left);
            }

            var account = await accounts.Find(token, request.Token, outcomes: null, cancellationToken);
            if (account.Refusal?.Code == AccountLookup.IssuerChanged && !last)
            {
                await directory.Reread(cancellationToken);
                continue;
            }

            // A person's, perhaps: the admission knows people, and says what to do about a token that is nobody's. An issuer in a row
            // has people only as long as it is marked for them.
            if (account.Refusal?.Code == AccountLookup.Unknown && token.Entry.Trusted is { IsConfigured: true } or { People: not null })
            {
                if (token.IsOfFormerClient)
                {
                    return new Refusal(
                        "former_client", $"the token was given to a client by which people of {token.Issuer} do not sign in any more");
                }

                return new Authenticated(
                    token.OrgId, CallerKind.User, Alias.OfPerson(token.Issuer, token.Subject), token.Subject, Groups: [], token.ExpiresAt)
                {
                    Person = new PersonReference(Id: null, token.Issuer, token.Subject),
                };
            }

            return account.Accepted
                ? new Authenticated(
                    token.OrgId,
                    CallerKind.ServiceAccount,
                    Alias.OfServiceAccount(token.Issuer, account.Proven.Subject),
                    account.Proven.Name,
                    account.Proven.Groups,
                    account.Proven.EndsAt)
                {
                    Rule = account.Proven.Rule,
                    OwnerEndsAt = account.Proven.AccountEndsAt,
                }
                : account.Refusal.Code == AccountLookup.IssuerChanged ? account.Refusal with { Code = Refusal.Busy }
                : account.Refusal;
        }
    }
}
