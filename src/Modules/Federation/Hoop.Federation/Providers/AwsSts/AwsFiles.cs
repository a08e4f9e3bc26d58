using System.Text.Json;

namespace Hoop.Federation.Providers.AwsSts;

/// <summary>
/// The same credentials once more, where AWS's SDKs read them again: of all the ways that a program can be given some, only
/// <c>credential_process</c> has an end that every SDK knows and asks anew after. Variables, and the static keys of a credentials file,
/// are read once.
/// </summary>
internal static class AwsFiles
{
    public const string Credentials = "HOOP_AWS_CREDENTIALS_FILE";

    // A path is known on the agent alone, so the variable is read there; without a shell of its own, some SDKs would not expand it.
    private const string Profile = $$"""
        [default]
        region = {0}
        credential_process = sh -c 'cat "${{Credentials}}"'

        """;

    /// <summary>Contents by the variable that holds the path.</summary>
    public static Dictionary<string, string> Of(string region, AwsCredentials credentials) => new(StringComparer.Ordinal)
    {
        [Credentials] = JsonSerializer.Serialize(new
        {
            Version = 1,
            credentials.AccessKeyId,
            credentials.SecretAccessKey,
            credentials.SessionToken,
            Expiration = Rfc3339.Of(credentials.ExpiresAt),
        }),
        ["AWS_CONFIG_FILE"] = Profile.Replace("{0}", region, StringComparison.Ordinal),

        // Empty: keys of the agent's own user would be taken before the profile's process.
        ["AWS_SHARED_CREDENTIALS_FILE"] = "",
    };
}
