using System.Security.Cryptography;
using System.Text;
using Hoop.Federation.Principals;

namespace Hoop.Federation.Providers.AwsSts;

/// <summary>
/// The name under which AWS's audit log shows a user: 2 to 64 letters, digits and <c>_+=,.@-</c> (API reference of
/// AssumeRoleWithWebIdentity). The user's address as far as it fits, <c>=</c>, and 128 bits of a digest of subject and address; a user who
/// has no subject but the address keeps the address alone where AWS takes it. Two users never have one name (F11).
/// </summary>
internal static class AwsSessionName
{
    private const int MaxLength = 64;
    private const int DigestLength = 32;

    public static string Of(SessionUser user)
    {
        var shown = user.Email.Length > 0 ? user.Email : user.Id;
        if (user.Mount is null
            && (user.Id.Length == 0 || user.Id == shown)
            && shown.Length is >= 2 and <= MaxLength
            && shown.All(IsLegal)
            && !LooksDigested(shown))
        {
            return shown;
        }

        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(user.Mount is null ? $"{user.Id.Length}:{user.Id}{user.Email}" : $"{user.Key.Length}#{user.Key}{user.Email}"));
        var readable = new string([.. shown.Take(MaxLength - DigestLength - 1).Select(character => IsLegal(character) ? character : '-')]);
        return $"{readable}={Convert.ToHexStringLower(digest)[..DigestLength]}";
    }

    // Such an address would be the name of another user.
    private static bool LooksDigested(string text) =>
        text.Length > DigestLength && text[^(DigestLength + 1)] == '=' && text[^DigestLength..].All(char.IsAsciiHexDigitLower);

    private static bool IsLegal(char character) =>
        char.IsAsciiLetterOrDigit(character) || "_+=,.@-".Contains(character, StringComparison.Ordinal);
}
