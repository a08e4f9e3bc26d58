using System.Security.Cryptography;
using System.Text;
using Hoop.Federation.Providers;
using Hoop.Shared.Sealing;
using Hoop.Shared.Secrets;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>
/// What a PUT leaves in the place of the credentials: the posted file, sealed; or the stored one, under the key that seals now; or
/// nothing.
/// </summary>
internal static class PolicyCredentials
{
    public static bool Posted(SecretText? file) => file is { IsEmpty: false };

    public static Result<Kept> Keep(
        SecretText? file, StoredPolicy? stored, SealPlace place, SealingKeys keys, IProvider provider)
    {
        if (!Posted(file))
        {
            return new Kept(
                stored?.Credentials is { } kept ? (kept.KeyId == keys.SealsWith ? kept : keys.Reseal(place, kept) ?? kept) : null,
                stored?.CredentialsRevision);
        }

        if (!provider.TakesCredentials)
        {
            return NameMember(Error.Malformed(
                $"{provider.Name} takes no admin credentials: the gateway proves itself with an identity token", "credentials_not_taken"));
        }

        var plain = Encoding.UTF8.GetBytes(file!.Reveal());
        try
        {
            return provider.Problem(plain) is { } problem
                ? NameMember(problem)
                : new Kept(keys.Seal(place, plain), RowId.Next());
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>
    /// SHA-256 of the file as it was given, in hexadecimal digits: who has the file can tell whether it is this one. A key is too long
    /// to be guessed from it. Null without credentials, and where the key that sealed them is lost.
    /// </summary>
    public static string? DigestOf(StoredPolicy policy, SealPlace place, SealingKeys keys)
    {
        if (policy.Credentials is not { } sealedFile || !keys.Open(place, sealedFile).Succeeded(out var plain, out _))
        {
            return null;
        }

        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(plain));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static Error NameMember(Error error) =>
        error with { Fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["admin_credentials_json"] = error.Message } };

    internal readonly record struct Kept(SealedValue? Value, Guid? Revision);
}
