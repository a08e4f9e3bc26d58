using Hoop.Shared.Configuration;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// Marks an issuer as the one at which the people of its organization sign in, with the issuer's <c>client_id</c>. What is absent is as it
/// is for the issuer of the configuration.
/// </summary>
/// <param name="SignIn"><c>open</c> or <c>invited</c>.</param>
/// <param name="HostedDomain">The <c>hd</c> that tokens must carry (Google).</param>
/// <param name="Scopes">What <c>hoop login</c> asks for.</param>
/// <param name="Parameters">What the provider's page of authorization wants to see besides.</param>
/// <param name="GroupsClaim">The claim that lists groups; without it admins set them.</param>
/// <param name="GroupsKeep">How long the last known groups count, as Go writes it.</param>
/// <param name="TrustEmail">Take <c>email</c> although nothing says that it was verified.</param>
internal sealed record PeopleSettings(
    string? SignIn,
    string? HostedDomain,
    string[]? Scopes,
    Dictionary<string, string>? Parameters,
    string? GroupsClaim,
    string? GroupsKeep,
    bool? TrustEmail)
{
    public const string Open = "open";
    public const string Invited = "invited";

    private const int MaxText = 255;
    private const int MaxItems = 20;

    /// <summary>What is wrong with them; null when nothing is.</summary>
    public (string Field, string Message)? Problem(string issuer) =>
        SignIn is not (null or Open or Invited) ? ("people.sign_in", "open or invited")
        : SignIn == Open && SignInOptions.IsForEverybody(issuer, HostedDomain)
            ? ("people.sign_in", "must be invited: everybody can have an account of this issuer; with Google, hosted_domain binds it to an organization")
        : HostedDomain is { } domain && !IsText(domain) ? ("people.hosted_domain", Texts)
        : GroupsClaim is { } claim && !IsText(claim) ? ("people.groups_claim", Texts)
        : Scopes is { } scopes && !AreScopes(scopes)
            ? ("people.scopes", $"openid and at most {MaxItems - 1} others, without blanks")
        : Parameters is { } parameters && !AreParameters(parameters)
            ? ("people.parameters", $"at most {MaxItems}, each with a text, and none that hoop login sets itself (state, scope, client_id …)")
        : GroupsKeep is { } text && !IsKeep(text)
            ? ("people.groups_keep", $"a duration such as 24h, from 0s to {GoDuration.Format(SignInOptions.LongestKeep)}")
        : null;

    private static string Texts => $"1 to {MaxText} characters, without control characters";

    private static bool IsText(string text) => text.Length is > 0 and <= MaxText && !text.Any(char.IsControl);

    // RFC 6749 appendix A.4.
    private static bool AreScopes(string[] scopes) =>
        scopes.Length <= MaxItems && scopes.Contains("openid", StringComparer.Ordinal)
            && scopes.All(
                scope => scope is { Length: > 0 and <= MaxText } && scope.All(one => one is > ' ' and <= '~' and not '"' and not '\\'));

    private static bool AreParameters(Dictionary<string, string> parameters) =>
        parameters.Count <= MaxItems && parameters.All(
            pair => IsText(pair.Key) && !SignInOptions.IsReserved(pair.Key)
                && pair.Value is { Length: <= MaxText } && !pair.Value.Any(char.IsControl));

    private static bool IsKeep(string text) =>
        GoDuration.TryParse(text, out var keep) && keep >= TimeSpan.Zero && keep <= SignInOptions.LongestKeep;
}

/// <summary>The same as the API shows it: what counts.</summary>
internal sealed record PeopleView(
    string SignIn,
    string? HostedDomain,
    IReadOnlyList<string> Scopes,
    IReadOnlyDictionary<string, string> Parameters,
    string? GroupsClaim,
    string GroupsKeep,
    bool TrustEmail)
{
    public static PeopleView? Of(SignInOptions? options) => options is null ? null : new PeopleView(
        options.OnlyInvited ? PeopleSettings.Invited : PeopleSettings.Open,
        options.HostedDomain,
        options.Scopes,
        options.Parameters,
        options.GroupsClaim,
        GoDuration.Format(options.KeepGroups),
        options.TrustEmail);
}
