using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hoop.Shared.Callers;

/// <summary>
/// Tells the operator why a sign-in was refused, which its caller is not told. Strangers decide how often that happens, so it writes at
/// most <see cref="LinesPerWindow"/> lines in ten seconds, and then how many it kept to itself. Never the token.
/// </summary>
public sealed class SignInLog(TimeProvider clock, ILogger<SignInLog> logger)
{
    public const int LinesPerWindow = 20;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long _windowStart = clock.GetTimestamp();
    private int _lines;
    private int _kept;

    public void Refused(HttpContext context, Refusal refusal)
    {
        var (speaks, kept) = Count();
        if (kept > 0)
        {
            logger.LogInformation("{Count} more sign-ins were refused and not written one by one", kept);
        }

        if (speaks)
        {
            logger.LogInformation(
                "Sign-in refused: {Code}: {Reason} (client {Client})", refusal.Code, refusal.Reason, context.Connection.RemoteIpAddress);
        }
    }

    private (bool Speaks, int Kept) Count()
    {
        lock (_gate)
        {
            var kept = 0;
            if (clock.GetElapsedTime(_windowStart) >= Window)
            {
                (_windowStart, _lines, kept, _kept) = (clock.GetTimestamp(), 0, _kept, 0);
            }

            if (_lines == LinesPerWindow)
            {
                _kept++;
                return (false, kept);
            }

            _lines++;
            return (true, kept);
        }
    }
}
