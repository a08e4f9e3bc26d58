using System.Runtime.InteropServices;
using Hoop.Shared.Callers;

namespace Hoop.Shared.Jose;

/// <summary>
/// When a token holds, RFC 7519 sections 4.1.4 to 4.1.6. Kept apart from the claims so that a remembered token is judged by the same
/// rule as a new one.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TokenTimes(DateTimeOffset ExpiresAt, DateTimeOffset? NotBefore, DateTimeOffset? IssuedAt)
{
    /// <summary>The largest tolerance for clocks that differ.</summary>
    public static readonly TimeSpan MaxLeeway = TimeSpan.FromSeconds(60);

    /// <summary>Null when the token holds at <paramref name="now"/>.</summary>
    /// <param name="leeway">Added on both ends; the last accepted moment is just before <c>exp</c> plus leeway.</param>
    /// <param name="maxLifetime">Cap on <c>exp</c> minus now, because a bearer token stays replayable until then; null: none. No leeway
    /// is added.</param>
    public Refusal? Check(DateTimeOffset now, TimeSpan leeway, TimeSpan? maxLifetime = null)
    {
        // The leeway moves now, not the claim: exp may be the last second that DateTimeOffset knows.
        if (now - leeway >= ExpiresAt)
        {
            return new Refusal(TokenRefusalCodes.Expired, $"expired at {ExpiresAt.UtcDateTime:O}");
        }

        if (NotBefore > now + leeway)
        {
            return new Refusal(TokenRefusalCodes.NotYetValid, $"not valid before {NotBefore.Value.UtcDateTime:O}");
        }

        if (IssuedAt > now + leeway)
        {
            return new Refusal(TokenRefusalCodes.NotYetValid, $"issued in the future, at {IssuedAt.Value.UtcDateTime:O}");
        }

        return ExpiresAt - now > maxLifetime
            ? new Refusal(TokenRefusalCodes.Lifetime, $"lives until {ExpiresAt.UtcDateTime:O}, longer than is allowed")
            : null;
    }
}
