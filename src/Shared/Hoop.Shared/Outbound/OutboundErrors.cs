using Hoop.Shared.Results;

namespace Hoop.Shared.Outbound;

/// <summary>
/// Why a fetch gave nothing. Messages name the URL without its query, which may hold a secret, and never an address or a piece of the
/// answer: they must not turn the gateway into a scanner of its own network.
/// </summary>
public static class OutboundErrors
{
    public const string UrlRefused = "outbound_url_refused";
    public const string AddressRefused = "outbound_address_refused";
    public const string RedirectRefused = "outbound_redirect_refused";
    public const string Unreachable = "outbound_unreachable";
    public const string TimedOut = "outbound_timeout";
    public const string BadStatus = "outbound_status";

    /// <summary>The server answered 401 or 403: it does not take what the gateway proves itself with.</summary>
    public const string CredentialsRefused = "outbound_credentials_refused";
    public const string TooLarge = "outbound_too_large";
    public const string BadContent = "outbound_content";

    internal static Error Url(string reason) => Error.Invalid("the URL " + reason, UrlRefused);

    internal static Error Address(Uri url) => Error.Invalid($"{Name(url)} leads to an address that is not allowed", AddressRefused);

    /// <summary>
    /// For what a tenant wrote: the same words and the same code, whether the name does not resolve or leads to where it must not.
    /// </summary>
    internal static Error Unresolved(Uri url) => NotReached(url, "the host name does not resolve to an address that may be used");

    internal static Error NotFollowed(Uri url) =>
        Error.Unavailable($"{Name(url)} redirects, and redirects are not followed: write the URL that it leads to", RedirectRefused);

    internal static Error TooManyRedirects(Uri url) => Error.Unavailable($"{Name(url)} redirects too often", RedirectRefused);

    internal static Error Redirect(Uri url, Error reason) =>
        Error.Unavailable($"{Name(url)} redirects to where it must not: {reason.Message}", RedirectRefused);

    internal static Error RedirectWithoutTarget(Uri url) =>
        Error.Unavailable($"{Name(url)} redirects without a usable Location", RedirectRefused);

    internal static Error NotReached(Uri url, string reason) => Error.Unavailable($"{Name(url)} cannot be reached: {reason}", Unreachable);

    internal static Error Slow(Uri url) => Error.Unavailable($"{Name(url)} did not answer in time", TimedOut);

    internal static Error Status(Uri url, int status) => Error.Unavailable(
        $"{Name(url)} answered with status {status}", status is 401 or 403 ? CredentialsRefused : BadStatus);

    internal static Error Large(Uri url, int limit) => Error.Unavailable($"{Name(url)} sends more than {limit} bytes", TooLarge);

    internal static Error Content(Uri url, string reason) => Error.Unavailable($"{Name(url)} sends {reason}", BadContent);

    internal static string Name(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
