using System.Text.Json;
using Hoop.Identity.ClaimTemplates;
using Hoop.Identity.Contracts;
using Hoop.Identity.TokenKeys;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.IdentityTokens;

/// <summary>Signs for other modules, with the key <c>default</c>; makes that key when it was not needed before.</summary>
internal sealed class MintIdentityTokenHandler(
    Signers signers, IServiceProvider services, IServiceScopeFactory scopes, Announcer announcer, TimeProvider clock)
    : IRequestHandler<MintIdentityToken, Verdict<IdentityToken>>
{
    private const int MostSubject = 255;
    private const int MostAudience = 1024;
    private const int MostClaims = 4096;

    public async Task<Verdict<IdentityToken>> Handle(MintIdentityToken request, CancellationToken cancellationToken)
    {
        if (Problem(request) is { } problem)
        {
            return problem;
        }

        var found = await signers.Of(request.OrgId, SigningKey.Default, services, cancellationToken);
        if (found is { Value: null, Refusal: null })
        {
            if (!await MakeKey(request.OrgId, cancellationToken))
            {
                return new Refusal("organization", "there is no such organization");
            }

            found = await signers.Of(request.OrgId, SigningKey.Default, services, cancellationToken);
        }

        if (found.Value is not { } signer)
        {
            return found.Refusal is Error error
                ? new Refusal(error.Code, error.Message)
                : new Refusal("signing_key", "the key \"default\" is gone: try again");
        }

        if (!signer.Key.Allows(request.Audience))
        {
            return new Refusal(
                "audience_not_allowed",
                $"the key \"{SigningKey.Default}\" does not list {request.Audience} in allowed_client_ids: add it, or *");
        }

        JsonElement? others = request.Claims is null ? null : JsonSerializer.SerializeToElement(request.Claims);
        return new IdentityClaims(request.Subject, request.Audience, Namespace: null, request.Lifetime, others)
            .Sign(signer, clock.GetUtcNow());
    }

    private static Refusal? Problem(MintIdentityToken request)
    {
        if (request.Subject.Length is 0 or > MostSubject || request.Subject.Any(character => character is < ' ' or > '~'))
        {
            return new Refusal("subject", $"the subject has 1 to {MostSubject} printable ASCII characters");
        }

        if (request.Audience.Length is 0 or > MostAudience || request.Audience.Any(char.IsControl))
        {
            return new Refusal("audience", $"the audience has 1 to {MostAudience} characters");
        }

        if (request.Lifetime < TimeSpan.FromSeconds(1))
        {
            return new Refusal("lifetime", "the lifetime is a second at least");
        }

        return request.Claims?.Keys.FirstOrDefault(name => ReservedClaims.All.Contains(name, StringComparer.Ordinal)) is { } reserved
                ? new Refusal("claims", $"the claim {reserved} is the gateway's own")
            : request.Claims is not null && JsonSerializer.SerializeToUtf8Bytes(request.Claims).Length > MostClaims
                ? new Refusal("claims", $"the claims have at most {MostClaims} bytes")
            : null;
    }

    // In a scope of its own: whoever asks may be in the middle of a transaction, and the key stays whatever becomes of that.
    private async Task<bool> MakeKey(Guid orgId, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await using (var transaction = await db.Begin(cancellationToken))
        {
            var sender = scope.ServiceProvider.GetRequiredService<ISender>();
            if (!await sender.Send(new HoldOrganization(orgId), cancellationToken))
            {
                return false;
            }

            var keys = scope.ServiceProvider.GetRequiredService<SigningKeys>();
            await keys.Take(orgId, cancellationToken);
            await keys.FindOrMake(orgId, SigningKey.Default, cancellationToken);
            await transaction.Commit(cancellationToken);
        }

        await announcer.Announce(db.TakeAnnounced());
        return true;
    }
}
