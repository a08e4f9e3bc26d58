namespace Hoop.Cli.Federation;

/// <summary>
/// What a tool would read before the fresh credentials: old keys in a variable or a file beat them without a word (aws/aws-cli#5109).
/// </summary>
internal static class OtherCredentials
{
    public static IEnumerable<string> Winning(string? provider, string? format, Func<string, string?> variable)
    {
        if (format == "aws")
        {
            if (variable("AWS_ACCESS_KEY_ID") is { Length: > 0 })
            {
                yield return "AWS_ACCESS_KEY_ID is set, and aws reads it before any credential_process: unset it";
            }

            var profile = variable("AWS_PROFILE") is { Length: > 0 } named ? named : "default";
            var file = variable("AWS_SHARED_CREDENTIALS_FILE") is { Length: > 0 } path
                ? path
                : Path.Combine(variable("HOME") ?? "", ".aws", "credentials");
            if (HasKey(file, profile))
            {
                yield return $"{file} has a key of the profile {profile}, and aws reads it before any credential_process: remove it there";
            }
        }

        if (provider == "gcp_iam" && variable("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE") is { Length: > 0 })
        {
            yield return "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE is set, and gcloud and bq read it before the token: unset it";
        }

        if (format == "google" && variable("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES") != "1")
        {
            yield return "Google's libraries call this only with GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1";
        }
    }

    private static bool HasKey(string file, string profile)
    {
        try
        {
            var inside = false;
            foreach (var line in File.ReadLines(file).Take(10_000).Select(line => line.Trim()))
            {
                if (line.StartsWith('['))
                {
                    inside = line.Trim('[', ']', ' ') == profile;
                }
                else if (inside && line.StartsWith("aws_access_key_id", StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What cannot be read here, aws cannot read either, or it is not this user's to know.
        }

        return false;
    }
}
