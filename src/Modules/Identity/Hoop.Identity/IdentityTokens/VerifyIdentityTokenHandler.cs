using System.Buffers.Text;
using System.Text.Json;
using Hoop.Identity.Contracts;
using Hoop.Identity.TokenKeys;

namespace Hoop.Identity.IdentityTokens;

/// <summary>Verifies for other modules, with what is published: the keys are remembered, so a made-up token costs no query.</summary>
internal sealed class VerifyIdentityTokenHandler(PublishedKeys published, IServiceProvider services, TimeProvider clock)
    : IRequestHandler<VerifyIdentityToken, Verdict<VerifiedIdentityToken>>
{
    public async Task<Verdict<VerifiedIdentityToken>> Handle(VerifyIdentityToken request, CancellationToken cancellationToken)
    {
        if (request.Audience.Length == 0)
        {
            throw new ArgumentException("A token is verified for one audience.", nameof(request));
        }

        if (IdentityTokenCheck.Read(request.Token, out var keyId) is { } unreadable)
        {
            return Refusal.Malformed(unreadable);
        }

        var keys = await published.Of(request.OrgId, services, cancellationToken);
        var why = IdentityTokenCheck.Verify(
            request.Token, KeyOf(keys, keyId), keys?.Issuer, request.Audience, clock.GetUtcNow(), out var subject);
        return why is null
            ? new VerifiedIdentityToken(subject, JsonElement.Parse(Base64Url.DecodeFromChars(request.Token.Split('.')[1])))
            : new Refusal("identity_token", why);
    }

    private static string? KeyOf(PublishedKeySet? keys, string keyId)
    {
        if (keys is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(keys.KeySet);
        foreach (var key in document.RootElement.GetProperty("keys").EnumerateArray())
        {
            if (key.TryGetProperty("kid", out var kid) && kid.ValueEquals(keyId))
            {
                return key.GetRawText();
            }
        }

        return null;
    }
}
