using Hoop.Federation.Minting;
using Hoop.Federation.Principals;

namespace Hoop.Federation.Providers.GcpIam;

/// <summary>The variables of a session under a Google account, and what they take the place of.</summary>
internal static class GcpVariables
{
    /// <summary>Holds the path of a file with the token of the moment; gcloud reads such a file for each call.</summary>
    public const string TokenFile = "HOOP_GCP_ACCESS_TOKEN_FILE";

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
            ["HOOP_GCP_TOKEN_EXPIRES_AT"] = Rfc3339.Of(token.ExpiresAt),
        };

    public static bool Supersede(string name, string value, IReadOnlyDictionary<string, string> federated) =>
        LeadToSharedKey.Contains(name) || (NameProject.Contains(name) && value != federated[Project]);
}
