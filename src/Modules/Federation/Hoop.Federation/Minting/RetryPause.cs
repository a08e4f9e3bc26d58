namespace Hoop.Federation.Minting;

/// <summary>Which refusals are worth another attempt, and after how long.</summary>
internal static class RetryPause
{
    /// <summary>
    /// Null when there is to be no further attempt. What the answer asks for is the least wait, and jitter keeps many gateways from coming
    /// back together.
    /// </summary>
    public static TimeSpan? After(GoogleRefusal refusal, int attempt)
    {
        if (attempt >= refusal.MaxAttempts)
        {
            return null;
        }

        var step = refusal.Error.Code == GoogleRefusals.RateLimited ? TimeSpan.FromMilliseconds(500) : TimeSpan.FromMilliseconds(100);
        var pause = Jitter(step * (1 << attempt));
        return refusal.RetryAfter is { } asked && asked + Jitter(step) is var wanted && wanted > pause ? wanted : pause;
    }

    private static TimeSpan Jitter(TimeSpan most) => most * (0.5 + (Random.Shared.NextDouble() / 2));
}
