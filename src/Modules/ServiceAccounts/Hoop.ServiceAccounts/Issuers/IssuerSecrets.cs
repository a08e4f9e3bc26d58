using System.Security.Cryptography;
using System.Text.Json;
using Hoop.Shared.Sealing;
using Hoop.Shared.Secrets;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>What an issuer's row holds sealed. Never printed, never answered.</summary>
/// <param name="Introspection">Of the client that asks about opaque tokens.</param>
/// <param name="JwksToken">With which the key set is fetched.</param>
internal sealed record IssuerSecrets(SecretText? Introspection, SecretText? JwksToken)
{
    public const int MaxLength = 8192;

    public static readonly SealPurpose Purpose = new(5);

    public static readonly SealedColumn Column = SealedColumn.Of(
        Purpose, "service_accounts.issuers", "secrets_key_id", "secrets_sealed");

    public static readonly IssuerSecrets None = new(null, null);

    private bool IsEmpty => Introspection is null && JwksToken is null;

    /// <summary>
    /// What the row shall hold. A secret that is not given again is kept for the address that it was given for, and no other.
    /// </summary>
    /// <param name="input">What is asked for.</param>
    /// <param name="before">The settings that were; null for a new issuer.</param>
    /// <param name="held">What was sealed with them.</param>
    public static Result<IssuerSecrets> After(IssuerInput input, IssuerSettings? before, IssuerSecrets held)
    {
        var introspection = input.IntrospectionUrl is null ? null
            : input.IntrospectionSecret
                ?? (before?.IntrospectionUrl == input.IntrospectionUrl ? held.Introspection : null);
        if (input.IntrospectionUrl is not null && introspection is null)
        {
            return Error.Invalid("introspection_secret: is required with a new introspection_url; a stored one is never sent elsewhere");
        }

        var stored = before?.HasJwksToken == true ? held.JwksToken : null;
        if (input is { JwksToken: null, JwksUrl: not null } && stored is not null && before?.JwksUrl != input.JwksUrl)
        {
            return Error.Invalid(
                "jwks_token: give it again with the new jwks_url, or \"\" for none; a stored one is never sent elsewhere");
        }

        var token = input.JwksUrl is null ? null : input.JwksToken ?? stored;
        return new IssuerSecrets(introspection, token is { IsEmpty: true } ? null : token);
    }

    /// <summary>Null when there is nothing to seal.</summary>
    public SealedValue? Seal(SealingKeys keys, Guid orgId, Guid id)
    {
        if (IsEmpty)
        {
            return null;
        }

        var plain = JsonSerializer.SerializeToUtf8Bytes(new Plain(Introspection?.Reveal(), JwksToken?.Reveal()));
        try
        {
            return keys.Seal(new SealPlace(Purpose, orgId, id), plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public static Result<IssuerSecrets> Open(SealingKeys keys, StoredIssuer row)
    {
        if (row is not { SecretsKeyId: { } keyId, SecretsSealed: { } bytes })
        {
            return None;
        }

        if (!keys.Open(new SealPlace(Purpose, row.OrgId, row.Id), new SealedValue(keyId, bytes)).Succeeded(out var plain, out var error))
        {
            return error;
        }

        try
        {
            var read = JsonSerializer.Deserialize<Plain>(plain)!;
            return new IssuerSecrets(Secret(read.Introspection), Secret(read.JwksToken));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public override string ToString() => "***";

    private static SecretText? Secret(string? text) => text is null ? null : new SecretText(text);

    private sealed record Plain(string? Introspection, string? JwksToken)
    {
        public override string ToString() => "***";
    }
}
