using System.Net;
using Hoop.Identity.Contracts;
using Hoop.ServiceAccounts.Contracts;
using Hoop.Shared.Callers;
using Hoop.Shared.Http;
using Hoop.Shared.Jose;
using Hoop.Shared.Memory;
using Hoop.Shared.Secrets;
using Hoop.Spiffe.Contracts;
using MediatR;

namespace Hoop.Host.Authentication;

/// <summary>
/// From a credential to its admitted owner, for a credential that was seen before without a question to anybody. What the modules declare
/// that their answers rest on decides how long that holds; no credential is kept, only its hash. Strangers are held up when too many bad
/// credentials came from their address, and whoever was let in lately never is.
/// </summary>
internal sealed class KnownCallers(
    CoherentMemory memory, MemoryMetrics metrics, IServiceScopeFactory scopes, BadTokens bad, TimeProvider clock) : IStandingCallers
{
    /// <summary>In credentials; some 1 kB each, so 32 MB when full.</summary>
    public const int Capacity = 32_768;

    /// <summary>
    /// Of credentials that somebody else vouches for: JWTs, and tokens about which an issuer is asked. Their reads may wait for a key
    /// source, for an issuer's answer, or in the queue for costly signatures, where strangers stand too, so they have slots of their own.
    /// </summary>
    private const int IssuerReadsAtOnce = 256;

    private static readonly Refusal NoCredential = Refusal.Malformed("not a credential of any kind");

    /// <summary>Grants nothing: who was good so long ago is only looked at without asking where it comes from.</summary>
    private static readonly TimeSpan GoodFor = TimeSpan.FromHours(1);

    private readonly TokenMemory<object> _good = new(clock, Capacity);
    private readonly Remembered<TokenHash, Caller> _callers = new(memory, metrics, scopes, "callers", Capacity);
    private readonly Remembered<TokenHash, Caller> _issuerCallers = new(
        memory, metrics, scopes, "issuer_callers", Capacity, IssuerReadsAtOnce);

    /// <summary>Of a request.</summary>
    /// <param name="source">Where it comes from.</param>
    public ValueTask<Verdict<Caller>> Judge(
        SecretText credential, IPAddress? source, IServiceProvider services, CancellationToken cancellationToken) =>
        InMemory(credential) is { } known ? new(known) : Limited(credential, source, services, cancellationToken);

    private async ValueTask<Verdict<Caller>> Limited(
        SecretText credential, IPAddress? source, IServiceProvider services, CancellationToken cancellationToken)
    {
        var token = credential.Reveal();
        return _good.Find(token) is not null
            ? (await Check(cancellationToken)).Verdict
            : await bad.Check(source, Check, tooMany => new(tooMany), cancellationToken);

        async ValueTask<(Verdict<Caller> Verdict, bool IsBad)> Check(CancellationToken cancel)
        {
            var verdict = await Judge(credential, services, cancel);
            var isBad = verdict.Refusal is { IsForNow: false };
            if (verdict.Accepted)
            {
                _good.Add(token, _good, GoodFor);
            }
            else if (isBad)
            {
                _good.Forget(token);
            }

            return (verdict, isBad);
        }
    }

    // A provider is asked about an opaque token, which takes as long as it takes.
    private Remembered<TokenHash, Caller> StoreOf(TokenShape? shape) =>
        shape is null or TokenShape.OpaqueToken or TokenShape.NamedToken ? _issuerCallers : _callers;

    private Caller? InMemory(SecretText credential)
    {
        var token = credential.RevealSpan();
        var shape = TokenShapes.OfOutside(token);
        return shape is not (TokenShape.Unknown or TokenShape.VaultToken)
            && StoreOf(shape).Find(TokenHash.Of(token)) is { } known && !HasEnded(known)
            ? known
            : null;
    }

    private ValueTask<Verdict<Caller>> Judge(SecretText credential, IServiceProvider services, CancellationToken cancellationToken)
    {
        var token = credential.RevealSpan();
        var shape = TokenShapes.OfOutside(token);
        switch (shape)
        {
            case TokenShape.Unknown:
                // Longer tokens than are ever read are not looked for: nothing is computed from them.
                return new(NoCredential);
            case TokenShape.VaultToken:
                // Each use of such a token may count, and it ends with any of its parents: it is read every time.
                return new(Verdict(credential.Reveal(), services, cancellationToken));
            default:
                break;
        }

        // Into a JWT nobody looks before it is known to be new.
        var (callers, hash) = (StoreOf(shape), TokenHash.Of(token));
        return callers.Find(hash) is { } known && !HasEnded(known)
            ? new(known)
            : Learn(callers, hash, credential.Reveal(), services, cancellationToken);
    }

    public ValueTask<Verdict<Caller>> Admit(SecretText credential, IServiceProvider services, CancellationToken cancellationToken) =>
        Judge(credential, services, cancellationToken);

    /// <summary>Past the memory, in the scope (and its transaction) of whoever asks, and no use of a token that is counted.</summary>
    public static Task<Verdict<Caller>> AdmitAnew(string token, IServiceProvider services, CancellationToken cancellationToken) =>
        Verdict(token, services, cancellationToken, isUse: false);

    private async ValueTask<Verdict<Caller>> Learn(
        Remembered<TokenHash, Caller> callers,
        TokenHash hash,
        string token,
        IServiceProvider services,
        CancellationToken cancellationToken)
    {
        if (TokenShapes.Of(token) == TokenShape.Unknown)
        {
            return NoCredential;
        }

        var answer = await callers.Get(hash, services, (scope, cancel) => Read(token, scope, cancel), cancellationToken);
        return answer switch
        {
            { Value: { } caller } when !HasEnded(caller) => caller,
            { Value: not null } => await Verdict(token, services, cancellationToken),
            _ => (Refusal)answer.Refusal!,
        };
    }

    private bool HasEnded(Caller caller) => caller.ExpiresAt is { } end && clock.GetUtcNow() >= end;

    private static async Task<Found<Caller>> Read(
        string token, IServiceProvider services, CancellationToken cancellationToken)
    {
        var verdict = await Verdict(token, services, cancellationToken);
        return new Found<Caller>(verdict.Proven, verdict.Refusal);
    }

    private static async Task<Verdict<Caller>> Verdict(
        string token, IServiceProvider services, CancellationToken cancellationToken, bool isUse = true)
    {
        var sender = services.GetRequiredService<ISender>();
        Verdict<Authenticated> verdict = TokenShapes.Of(token) switch
        {
            TokenShape.ApiToken => await sender.Send(new AuthenticateApiToken(token), cancellationToken),
            TokenShape.OpaqueToken => await Opaque(token, issuer: null, sender, cancellationToken),
            TokenShape.NamedToken => await Opaque(
                token[(token.IndexOf(TokenShapes.Divider) + 1)..], token[..token.IndexOf(TokenShapes.Divider)], sender, cancellationToken),
            TokenShape.VaultToken => await sender.Send(new AuthenticateVaultToken(token, isUse), cancellationToken),
            TokenShape.AccessToken => await sender.Send(new AuthenticateAccessToken(token), cancellationToken),
            TokenShape.JwtSvid => await sender.Send(new AuthenticateSvid(token), cancellationToken),
            TokenShape.AgentKey => await sender.Send(new AuthenticateAgentKey(token), cancellationToken),
            _ => NoCredential,
        };
        return verdict.Accepted ? await sender.Send(new Admit(verdict.Proven), cancellationToken) : verdict.Refusal;
    }

    // The operator's own token has no shape of its own, so it is looked for first: what is found here is shown to nobody.
    private static async Task<Verdict<Authenticated>> Opaque(
        string token, string? issuer, ISender sender, CancellationToken cancellationToken)
    {
        var own = await sender.Send(new AuthenticateApiToken(token), cancellationToken);
        if (own.Accepted)
        {
            return own;
        }

        var asked = await sender.Send(new AuthenticateAccessToken(token) { Issuer = issuer }, cancellationToken);
        return issuer is null && asked.Refusal?.Code == AuthenticateAccessToken.NobodyToAsk ? own : asked;
    }
}
