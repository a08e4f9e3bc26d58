using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// How people of an issuer sign in: by <c>HOOP_OIDC_*</c>, in force once there is a <c>HOOP_OIDC_CLIENT_ID</c>, or by the settings of an
/// issuer in a row (<see cref="PeopleSettings"/>).
/// </summary>
/// <param name="OnlyInvited">Nobody comes in whom no admin has named before.</param>
/// <param name="HostedDomain">The <c>hd</c> that tokens must carry (Google); null: it is not looked at.</param>
/// <param name="Scopes">What <c>hoop login</c> asks for.</param>
/// <param name="Parameters">What the issuer wants to see besides, on its page of authorization.</param>
/// <param name="GroupsClaim">Null: the issuer is not asked about groups, admins set them.</param>
/// <param name="KeepGroups">How long the last known groups stay while the issuer does not say; zero: such a sign-in is refused.</param>
/// <param name="TrustEmail">The issuer's addresses are good although it does not say so.</param>
internal sealed record SignInOptions(
    bool OnlyInvited,
    string? HostedDomain,
    IReadOnlyList<string> Scopes,
    IReadOnlyDictionary<string, string> Parameters,
    string? GroupsClaim,
    TimeSpan KeepGroups,
    bool TrustEmail)
{
    public static readonly TimeSpan UsualKeep = TimeSpan.FromHours(24);

    public static readonly TimeSpan LongestKeep = TimeSpan.FromDays(365);

    // Anybody in the world can get an account there.
    private static readonly string[] Shared =
    [
        "https://accounts.google.com", "https://login.microsoftonline.com/common/v2.0",
        "https://login.microsoftonline.com/organizations/v2.0", "https://login.microsoftonline.com/consumers/v2.0",
        "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", "https://appleid.apple.com", "https://gitlab.com",
    ];

    // Set by the command itself; another value would undo what protects the sign-in.
    private static readonly string[] Reserved =
    [
        "client_id", "client_secret", "code", "code_challenge", "code_challenge_method", "code_verifier", "grant_type", "nonce",
        "redirect_uri", "refresh_token", "request", "request_uri", "response_mode", "response_type", "scope", "state",
    ];

    /// <summary>Whether everybody can have an account of the issuer, and nothing binds it to an organization.</summary>
    public static bool IsForEverybody(string issuer, string? hostedDomain) =>
        hostedDomain is null && Shared.Contains(issuer, StringComparer.Ordinal);

    /// <summary>Whether the command sets the parameter itself.</summary>
    public static bool IsReserved(string parameter) => Reserved.Contains(parameter, StringComparer.Ordinal);

    /// <summary>Of a row, which was checked when it was written.</summary>
    public static SignInOptions Of(PeopleSettings settings, string issuer)
    {
        var parameters = Usual(IsGoogle(issuer));
        foreach (var (name, value) in settings.Parameters ?? [])
        {
            parameters[name] = value;
        }

        return new SignInOptions(
            settings.SignIn is null ? IsForEverybody(issuer, settings.HostedDomain) : settings.SignIn == PeopleSettings.Invited,
            settings.HostedDomain,
            settings.Scopes is { Length: > 0 } scopes ? scopes : UsualScopes(IsGoogle(issuer)),
            parameters,
            settings.GroupsClaim,
            settings.GroupsKeep is { } text && GoDuration.TryParse(text, out var keep) ? keep : UsualKeep,
            settings.TrustEmail ?? false);
    }

    /// <exception cref="ConfigurationException">A variable is wrong.</exception>
    public static SignInOptions From(IConfiguration configuration, string issuer)
    {
        var google = IsGoogle(issuer);
        var domain = configuration.Text("HOOP_OIDC_HOSTED_DOMAIN");
        var closed = IsForEverybody(issuer, domain);
        var onlyInvited = configuration.Text("HOOP_OIDC_SIGN_IN") switch
        {
            null => closed,
            "invited" => true,
            "open" when closed => throw new ConfigurationException(
                "HOOP_OIDC_SIGN_IN",
                "must be invited: everybody can have an account of this issuer; with Google, HOOP_OIDC_HOSTED_DOMAIN binds it to an organization"),
            "open" => false,
            _ => throw new ConfigurationException("HOOP_OIDC_SIGN_IN", "must be open or invited"),
        };
        var scopes = configuration.TextList("HOOP_OIDC_SCOPES");
        return new SignInOptions(
            onlyInvited,
            domain,
            scopes.Length > 0 ? scopes : UsualScopes(google),
            Parsed(configuration.Text("HOOP_OIDC_LOGIN_PARAMETERS"), google),
            configuration.Text("HOOP_OIDC_GROUPS_CLAIM"),
            configuration.Duration("HOOP_OIDC_GROUPS_KEEP", UsualKeep, TimeSpan.Zero, LongestKeep),
            configuration.Flag("HOOP_OIDC_TRUST_EMAIL"));
    }

    private static bool IsGoogle(string issuer) => issuer == "https://accounts.google.com";

    private static string[] UsualScopes(bool google) =>
        google ? ["openid", "email", "profile"] : ["openid", "email", "profile", "offline_access"];

    // Google gives a refresh token only to who asks for offline access, and again only with its page of consent.
    private static Dictionary<string, string> Usual(bool google)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        if (google)
        {
            (parameters["access_type"], parameters["prompt"]) = ("offline", "consent");
        }

        return parameters;
    }

    private static Dictionary<string, string> Parsed(string? text, bool google)
    {
        var parameters = Usual(google);
        foreach (var pair in (text ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } name, var value] || IsReserved(name))
            {
                throw new ConfigurationException(
                    "HOOP_OIDC_LOGIN_PARAMETERS",
                    "must look like audience=https%3A%2F%2Fhoop.example&prompt=login, without what the command sets itself");
            }

            parameters[Uri.UnescapeDataString(name)] = Uri.UnescapeDataString(value);
        }

        return parameters;
    }
}
