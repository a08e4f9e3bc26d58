using System.Globalization;
using System.Text.RegularExpressions;

namespace Hoop.Federation.Minting;

/// <summary>
/// An administrator without a key: Google's workload identity federation. An identity token of this gateway is the subject token, whatever
/// source the file names; it is exchanged at Google's STS (RFC 8693), and the answer acts as the account to impersonate, when the file
/// names one.
/// </summary>
/// <param name="Audience">The resource name of the provider in the pool.</param>
/// <param name="TokenUrl">Pinned.</param>
/// <param name="Impersonates">The admin account; null when the pool's principal itself has the rights on the accounts.</param>
internal sealed partial record ExternalAdmin(string Audience, string TokenUrl, string? Impersonates)
{
    private const string JwtType = "urn:ietf:params:oauth:token-type:jwt";
    private const string IdTokenType = "urn:ietf:params:oauth:token-type:id_token";

    private static readonly TimeSpan SubjectLifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AdminLifetime = TimeSpan.FromHours(1);

    /// <summary>Who mints, as Google's audit log names it.</summary>
    public string Principal => Impersonates ?? $"principal:{Pool().Match(Audience).Value}/subject/{GatewaySubject.Federation}";

    public static Result<ExternalAdmin> Parse(Func<string, string?> member, IReadOnlyList<string> tokenUrls)
    {
        if (member("audience") is not { } audience || !Provider().IsMatch(audience))
        {
            return AdminCredentials.Wrong(
                "audience must be //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER");
        }

        if (member("subject_token_type") is not (null or JwtType or IdTokenType))
        {
            return AdminCredentials.Wrong($"subject_token_type must be {JwtType}: the gateway shows an identity token of its own");
        }

        if (member("token_url") is not { } tokenUrl || !tokenUrls.Contains(tokenUrl))
        {
            return AdminCredentials.Wrong(
                $"token_url must be {FederationOptions.GoogleStsUri}; another address must be allowed by the gateway's operator, in HOOP_GCP_TOKEN_URI_ALLOWLIST");
        }

        var impersonation = member("service_account_impersonation_url");
        var account = impersonation is null ? null : Impersonation().Match(impersonation);
        return account is { Success: false }
            ? AdminCredentials.Wrong(
                "service_account_impersonation_url must be https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/ACCOUNT:generateAccessToken")
            : new ExternalAdmin(audience, tokenUrl, account?.Groups["account"].Value);
    }

    /// <exception cref="GoogleRefusedException">Google, or the gateway's own key, refused.</exception>
    public static async Task<Token> Exchange(
        ExternalAdmin admin, Guid orgId, IGatewayTokens gateway, GoogleHttp http, IamCredentials google, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var signed = await gateway.Mint(orgId, GatewaySubject.Federation, admin.Audience, SubjectLifetime, cancellationToken);
        if (!signed.Succeeded(out var subject, out var error))
        {
            throw new GoogleRefusedException(new GoogleRefusal(error));
        }

        var asked = clock.GetUtcNow();
        var federated = await http.ExchangeSubject(
            new Uri(admin.TokenUrl),
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
                ["audience"] = admin.Audience,
                ["scope"] = IamCredentials.CloudPlatformScope,
                ["requested_token_type"] = "urn:ietf:params:oauth:token-type:access_token",
                ["subject_token"] = subject.Value,
                ["subject_token_type"] = JwtType,
            },
            asked,
            cancellationToken);
        return admin.Impersonates is { } account ? await Impersonate(account, federated, google, clock, cancellationToken) : federated;
    }

    private static async Task<Token> Impersonate(
        string account, Token federated, IamCredentials google, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            var body = new GenerateAccessTokenRequest([IamCredentials.CloudPlatformScope], $"{(int)AdminLifetime.TotalSeconds}s");
            var answer = await google.GenerateAccessToken(account, body, federated.Value).ExecuteAsync(cancellationToken);
            return DateTimeOffset.TryParse(
                answer.ExpireTime, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var expires) && expires > clock.GetUtcNow()
                ? new Token(answer.AccessToken!, expires)
                : throw new GoogleRefusedException(GoogleRefusals.Invalid("Google's answer about the admin account states no expiry"));
        }
        catch (GoogleRefusedException refused) when (GoogleRefusals.AllowsFallback(refused.Refusal.Error.Code)
            || refused.Refusal.Error.Code == GoogleRefusals.InvalidRequest)
        {
            // About the admin account, not about the user's: no fallback may follow from it.
            throw new GoogleRefusedException(
                new GoogleRefusal(Error.Unavailable(
                    $"the gateway's identity may not act as the admin account {account}; give it the role Workload Identity User on that: {refused.Refusal.Error.Message}",
                    GoogleRefusals.AdminCredentialsRejected)),
                refused);
        }
    }

    [GeneratedRegex(
        @"^//iam\.googleapis\.com/projects/[0-9]{1,20}/locations/global/workloadIdentityPools/[a-z0-9-]{4,32}/providers/[a-z0-9-]{4,32}\z",
        RegexOptions.None, 1000)]
    private static partial Regex Provider();

    [GeneratedRegex("^//iam\\.googleapis\\.com/projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+", RegexOptions.None, 1000)]
    private static partial Regex Pool();

    [GeneratedRegex(
        @"^https://iamcredentials\.googleapis\.com/v1/projects/-/serviceAccounts/(?<account>[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z0-9.-]{1,80}\.iam\.gserviceaccount\.com):generateAccessToken\z",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Impersonation();
}
