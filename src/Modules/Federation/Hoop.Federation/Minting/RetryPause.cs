namespace Hoop.Federation.Minting;

/// <summary>Which refusals are worth another attempt, and after how long.</summary>
internal static class RetryPause
{
    private const int MaxRetries = 3;

    /// <summary>Null when there is to be no further attempt. Jitter keeps many gateways from coming back together.</summary>
    public static TimeSpan? After(string code, int attempt, TimeSpan? retryAfter) => code switch
    {
        GoogleRefusals.Unavailable when attempt <= MaxRetries => Jitter(TimeSpan.FromMilliseconds(100 << attempt)),
        GoogleRefusals.RateLimited when attempt <= MaxRetries => (retryAfter ?? TimeSpan.FromMilliseconds(500 << attempt)) + Jitter(TimeSpan.FromMilliseconds(250)),
        GoogleRefusals.InvalidAnswer when attempt == 1 => Jitter(TimeSpan.FromMilliseconds(100)),
        _ => null,
    };

    private static TimeSpan Jitter(TimeSpan most) => most * (0.5 + (Random.Shared.NextDouble() / 2));
}
