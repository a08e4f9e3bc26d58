using System.Globalization;
using Hoop.Federation.Minting;
using Hoop.Federation.Principals;

namespace Hoop.Federation.Sessions;

/// <summary>The environment that a federated session gets, and what it takes the place of.</summary>
internal static class FederatedVariables
{
    private const string Project = "CLOUDSDK_CORE_PROJECT";

    /// <summary>
    /// Removed from the connection's variables and files: whatever leads Google's tools and libraries to a shared key, token or
    /// account. bq and gcloud read the CLOUDSDK names before any other (GoogleCloudPlatform/cloud-sdk-docker#152), a folder or profile
    /// of theirs holds credentials, and the GOOGLE and GCLOUD names are those of Terraform's provider.
    /// </summary>
    private static readonly string[] LeadToSharedKey =
    [
        "BIGQUERYRC",
        "CLOUDSDK_ACTIVE_CONFIG_NAME",
        "CLOUDSDK_AUTH_ACCESS_TOKEN",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
        "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
        "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",
        "CLOUDSDK_AUTH_LOGIN_CONFIG_FILE",
        "CLOUDSDK_CONFIG",
        "CLOUDSDK_CORE_ACCOUNT",
        "GCLOUD_KEYFILE_JSON",
        "GOOGLE_ACCESS_TOKEN",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_BACKEND_CREDENTIALS",
        "GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT",
        "GOOGLE_CLOUD_KEYFILE_JSON",
        "GOOGLE_CREDENTIALS",
        "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",
        "GOOGLE_OAUTH_ACCESS_TOKEN",
    ];

    /// <summary>Removed when they name another project than the policy: tools differ in which of these they read first.</summary>
    private static readonly string[] NameProject =
    [
        "CLOUDSDK_BILLING_QUOTA_PROJECT",
        "DEVSHELL_PROJECT_ID",
        "GCLOUD_PROJECT",
        "GCP_PROJECT",
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_CLOUD_QUOTA_PROJECT",
        "GOOGLE_PROJECT",
    ];

    public static IReadOnlyDictionary<string, string> Of(CloudPrincipal principal, string projectId, Token token) =>
        new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [Project] = projectId,
            ["HOOP_FEDERATED_PRINCIPAL"] = principal.Email,
            ["HOOP_GCP_ACCESS_TOKEN"] = token.Value,
            ["HOOP_GCP_TOKEN_EXPIRES_AT"] = token.ExpiresAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };

    /// <summary>The given variables without the superseded ones, then the federated ones, which win.</summary>
    public static Dictionary<string, string> Overlay(
        IEnumerable<KeyValuePair<string, string>> given, IReadOnlyDictionary<string, string> federated)
    {
        var result = given.Where(entry => !IsSuperseded(entry, federated)).ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in federated)
        {
            result[name] = value;
        }

        return result;
    }

    /// <summary>
    /// The given files without the superseded ones. A file becomes a variable that holds its path, so one with a federated name
    /// would hide the token.
    /// </summary>
    public static Dictionary<string, string> Files(
        IEnumerable<KeyValuePair<string, string>> given, IReadOnlyDictionary<string, string> federated) =>
        given.Where(entry => !IsSuperseded(entry, federated) && !federated.ContainsKey(entry.Key)).ToDictionary(StringComparer.Ordinal);

    /// <summary>The names that a session strips from these secrets, in their order.</summary>
    public static IReadOnlyList<string> SupersededOf(
        IEnumerable<KeyValuePair<string, string>> given, IReadOnlyDictionary<string, string> federated) =>
        [.. given.Where(entry => IsSuperseded(entry, federated)).Select(entry => entry.Key).Distinct().Order(StringComparer.Ordinal)];

    private static bool IsSuperseded(KeyValuePair<string, string> entry, IReadOnlyDictionary<string, string> federated) =>
        LeadToSharedKey.Contains(entry.Key) || (NameProject.Contains(entry.Key) && entry.Value != federated[Project]);
}
