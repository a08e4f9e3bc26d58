using Hoop.Shared.Results;

namespace Hoop.Shared.Callers;

/// <summary>What a caller is told whose credential was not looked at: nothing about the credential, and when to come again.</summary>
public static class SignInErrors
{
    // A source that failed is fetched again after so long.
    private static readonly TimeSpan NextFetch = TimeSpan.FromSeconds(5);

    /// <param name="refusal">One with <see cref="Refusal.IsForNow"/>.</param>
    public static Error NotNow(Refusal refusal)
    {
        var wait = refusal.RetryAfter ?? (refusal.Code == Refusal.NoKeys ? NextFetch : TimeSpan.FromSeconds(1));
        return refusal.Code switch
        {
            Refusal.TooMany => Error.TooMany(
                "too many bad credentials came from your address; one that was good before is still taken", wait),
            Refusal.NoKeys => Error.Unavailable(
                "no key of the token's issuer could be fetched, so the token was not looked at; try again", "no_keys")
                with { RetryAfter = wait },
            _ => Error.Unavailable("too many new tokens are being verified; try again", "busy") with { RetryAfter = wait },
        };
    }
}
