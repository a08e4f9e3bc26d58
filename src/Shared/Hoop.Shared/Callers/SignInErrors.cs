using Hoop.Shared.Results;

namespace Hoop.Shared.Callers;

/// <summary>What a caller is told whose credential was not looked at: nothing about the credential, and when to come again.</summary>
public static class SignInErrors
{
    /// <param name="refusal">One with <see cref="Refusal.IsForNow"/>.</param>
    public static Error NotNow(Refusal refusal)
    {
        var wait = refusal.RetryAfter ?? TimeSpan.FromSeconds(1);
        return refusal.Code == Refusal.TooMany
            ? Error.TooMany("too many bad credentials came from your address; one that was good before is still taken", wait)
            : Error.Unavailable("too many new tokens are being verified; try again", "busy") with { RetryAfter = wait };
    }
}
