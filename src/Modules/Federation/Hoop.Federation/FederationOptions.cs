using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.Federation;

/// <summary>The settings of this module.</summary>
/// <param name="IamEndpoint">Base address of the IAM Credentials API, with a final slash.</param>
/// <param name="TokenUris">The <c>token_uri</c> values that an admin credential file may name. Compared byte for byte.</param>
internal sealed record FederationOptions(Uri IamEndpoint, IReadOnlyList<string> TokenUris)
{
    public const string GoogleTokenUri = "https://oauth2.googleapis.com/token";
    public const string GoogleStsUri = "https://sts.googleapis.com/v1/token";

    /// <summary>Where AWS's token service is; null for the one of the policy's region.</summary>
    public Uri? AwsStsEndpoint { get; init; }

    /// <summary>The <c>token_url</c> values that an <c>external_account</c> file may name. Compared byte for byte.</summary>
    public IReadOnlyList<string> StsUris => [GoogleStsUri, .. TokenUris.Where(uri => uri != GoogleTokenUri)];

    /// <summary>One answer of Google may take this long.</summary>
    public TimeSpan AttemptLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>All attempts for one token together, waiting included.</summary>
    public TimeSpan MintLimit { get; init; } = TimeSpan.FromSeconds(10);

    public static FederationOptions From(IConfiguration configuration) => new(
        Endpoint(
            "HOOP_GCP_IAM_ENDPOINT",
            configuration.Text("HOOP_GCP_IAM_ENDPOINT") ?? "https://iamcredentials.googleapis.com/",
            finalSlash: true),
        [
            GoogleTokenUri,
            .. configuration.TextList("HOOP_GCP_TOKEN_URI_ALLOWLIST")
                .Where(uri => Endpoint("HOOP_GCP_TOKEN_URI_ALLOWLIST", uri, finalSlash: false) is not null),
        ])
    {
        AwsStsEndpoint = configuration.Text("HOOP_AWS_STS_ENDPOINT") is { } sts
            ? Endpoint("HOOP_AWS_STS_ENDPOINT", sts, finalSlash: true)
            : null,
    };

    // Tokens travel to these addresses: in the clear only inside this machine.
    private static Uri Endpoint(string variable, string text, bool finalSlash) =>
        Uri.TryCreate(finalSlash ? text.TrimEnd('/') + "/" : text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
        && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
            ? uri
            : throw new ConfigurationException(
                variable, "must hold https:// addresses without query or user information (http:// only on loopback)");
}
