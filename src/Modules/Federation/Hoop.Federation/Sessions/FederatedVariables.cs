using System.Globalization;
using Hoop.Federation.Minting;
using Hoop.Federation.Principals;

namespace Hoop.Federation.Sessions;

/// <summary>The environment that a federated session gets, and what it takes the place of.</summary>
internal static class FederatedVariables
{
    /// <summary>Removed from the connection's variables and files: the shared key that federation replaces.</summary>
    public static readonly IReadOnlyList<string> Superseded = ["GOOGLE_APPLICATION_CREDENTIALS"];

    public static IReadOnlyDictionary<string, string> Of(CloudPrincipal principal, string projectId, Token token) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["CLOUDSDK_CORE_PROJECT"] = projectId,
        ["HOOP_FEDERATED_PRINCIPAL"] = principal.Email,
        ["HOOP_GCP_ACCESS_TOKEN"] = token.Value,
        ["HOOP_GCP_TOKEN_EXPIRES_AT"] = token.ExpiresAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
    };

    /// <summary>The given variables without the superseded ones, then the federated ones, which win.</summary>
    public static Dictionary<string, string> Overlay(IEnumerable<KeyValuePair<string, string>> given, IReadOnlyDictionary<string, string> federated)
    {
        var result = Without(given);
        foreach (var (name, value) in federated)
        {
            result[name] = value;
        }

        return result;
    }

    public static Dictionary<string, string> Without(IEnumerable<KeyValuePair<string, string>> given) =>
        given.Where(entry => !Superseded.Contains(entry.Key)).ToDictionary(StringComparer.Ordinal);
}
