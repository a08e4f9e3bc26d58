using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hoop.Federation.Minting;
using Hoop.Identity.Contracts;
using Hoop.Shared.Sealing;
using Hoop.Shared.Secrets;

namespace Hoop.Federation.UserTokens;

/// <summary>
/// Subject tokens for the gateway's own token endpoint (RFC 8693): identity tokens of the gateway for one connection, that say who asked
/// for them. What the caller proved itself with travels sealed inside, so that the exchange asks about that very credential again: whatever
/// ended it ends the subject token (docs/adr/0035).
/// </summary>
internal sealed class SubjectTokens(
    SealingKeys keys, IGatewayTokens tokens, ISender sender, IServiceProvider services, TimeProvider clock)
{
    public const string Type = "urn:ietf:params:oauth:token-type:id_token";

    private const string Claim = "hoop_caller";
    private const string AudiencePrefix = "urn:hoop:connection:";
    private const int ExpiryBytes = 8;

    /// <summary>The claims of a token have an end: what is sealed is a third longer as text.</summary>
    private const int MaxCredential = 2_800;

    private static readonly SealPurpose Purpose = new(4);
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    public static string AudienceOf(Guid orgId, Guid connectionId) => $"{AudiencePrefix}{orgId:D}:{connectionId:D}";

    public static bool TryAudience(string text, out Guid orgId, out Guid connectionId)
    {
        (orgId, connectionId) = (Guid.Empty, Guid.Empty);
        return text.StartsWith(AudiencePrefix, StringComparison.Ordinal)
            && text[AudiencePrefix.Length..].Split(':') is [var org, var connection]
            && Guid.TryParseExact(org, "D", out orgId) && Guid.TryParseExact(connection, "D", out connectionId)
            && AudienceOf(orgId, connectionId) == text;
    }

    /// <summary>Agents act for nobody, and the operator's token is not for tools.</summary>
    public static bool IsFor(Caller caller) => caller.Kind is CallerKind.User or CallerKind.ServiceAccount or CallerKind.ApiToken;

    [Effect("mints")]
    public async Task<Result<GatewayToken>> Issue(
        Caller caller, SecretText? credential, Guid connectionId, CancellationToken cancellationToken)
    {
        if (credential is null || services.GetService(typeof(IStandingCallers)) is null)
        {
            return Error.Unavailable("this host cannot ask about a credential again, so it has no token endpoint", "no_token_endpoint");
        }

        var text = Encoding.UTF8.GetBytes(credential.Reveal());
        if (text.Length > MaxCredential)
        {
            return Error.Invalid(
                $"the token that you are signed in with has more than {MaxCredential} bytes, too long to stand in a subject token; "
                    + "use one of the gateway's own: hoop token create",
                "credential_too_long");
        }

        var now = clock.GetUtcNow();
        var lifetime = caller.ExpiresAt - now is { } left && left < Lifetime ? left : Lifetime;
        var plain = new byte[ExpiryBytes + text.Length];
        try
        {
            BinaryPrimitives.WriteInt64BigEndian(plain, (now + lifetime).ToUnixTimeSeconds());
            text.CopyTo(plain.AsSpan(ExpiryBytes));
            var sealedCaller = keys.Seal(new SealPlace(Purpose, caller.OrgId, connectionId), plain);
            var claims = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
            {
                [Claim] = JsonSerializer.SerializeToElement<string[]>([sealedCaller.KeyId, Base64Url.EncodeToString(sealedCaller.Bytes)]),
            };
            return await tokens.Mint(
                caller.OrgId, SubjectOf(caller), AudienceOf(caller.OrgId, connectionId), lifetime, cancellationToken, claims);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>The caller as it is now, or why this is no subject token of anybody who is let in.</summary>
    public async Task<Verdict<Caller>> Prove(Guid orgId, Guid connectionId, string token, CancellationToken cancellationToken)
    {
        var verdict = await sender.Send(new VerifyIdentityToken(orgId, token, AudienceOf(orgId, connectionId)), cancellationToken);
        if (!verdict.Accepted)
        {
            return verdict.Refusal;
        }

        if (Open(orgId, connectionId, verdict.Proven.Claims) is not { } credential)
        {
            return new Refusal("no_caller", "the token says nothing of a caller, or of another connection's");
        }

        var refused = new Refusal("caller_revoked", $"the caller behind the token of {verdict.Proven.Subject} is not let in any more");
        if (services.GetService(typeof(IStandingCallers)) is not IStandingCallers callers)
        {
            return refused;
        }

        // "Busy" says nothing about the caller, and is told as it is; everything else is one refusal.
        var admitted = await callers.Admit(credential, services, cancellationToken);
        return admitted.Accepted
            ? IsFor(admitted.Proven) && admitted.Proven.OrgId == orgId && SubjectOf(admitted.Proven) == verdict.Proven.Subject
                ? admitted.Proven
                : refused
            : admitted.Refusal.IsForNow ? admitted.Refusal : refused;
    }

    private SecretText? Open(Guid orgId, Guid connectionId, JsonElement claims)
    {
        if (!claims.TryGetProperty(Claim, out var claim) || claim.ValueKind != JsonValueKind.Array || claim.GetArrayLength() != 2
            || claim[0].ValueKind != JsonValueKind.String || claim[1].ValueKind != JsonValueKind.String
            || !Base64Url.IsValid(claim[1].GetString()))
        {
            return null;
        }

        var value = new SealedValue(claim[0].GetString()!, Base64Url.DecodeFromChars(claim[1].GetString()));
        if (!keys.Open(new SealPlace(Purpose, orgId, connectionId), value).Succeeded(out var plain, out _))
        {
            return null;
        }

        try
        {
            // The end is sealed too: a role whose template copies the claim makes no token that lasts longer.
            return plain.Length > ExpiryBytes && BinaryPrimitives.ReadInt64BigEndian(plain) > clock.GetUtcNow().ToUnixTimeSeconds()
                ? new SecretText(Encoding.UTF8.GetString(plain.AsSpan(ExpiryBytes)))
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>A subject may be anything; the <c>sub</c> of a token is printable ASCII.</summary>
    private static string SubjectOf(Caller caller) => GatewaySubject.IsLegal(GatewaySubject.OfUser(caller.Subject))
        ? GatewaySubject.OfUser(caller.Subject)
        : GatewaySubject.OfUser($"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller.Subject)))}");
}
