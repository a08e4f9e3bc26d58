using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// The channels that are being opened, from the upgrade to the hello, which writes rows. No more than so many at once: after a restart
/// all agents come back together, and whoever gets no turn is told when to come again. Whoever proved to be nobody takes no turn, and an
/// organization no more than half of them.
/// </summary>
internal sealed class Handshakes(AgentLimits limits, AgentChannels channels)
{
    private const int ShortestWait = 1;
    private const int LongestWait = 5;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, int> _ofOrganization = [];
    private int _count;
    private long _turnedAway;

    public int Count => Volatile.Read(ref _count);

    public long TurnedAway => Interlocked.Read(ref _turnedAway);

    /// <summary>The hello has been answered.</summary>
    public static void End(HttpContext? context) => context?.Features.Get<Turn>()?.Dispose();

    public RequestDelegate Before(RequestDelegate next) => async context =>
    {
        if (channels.IsLeaving)
        {
            // At once, because the next attempt may reach another gateway.
            await Answer(context, wait: ShortestWait, "leaving", "this gateway was told to stop; come again, and reach another one");
            return;
        }

        var organization = CallerIdentity.Of(context.User)?.OrgId ?? Guid.Empty;
        if (!TryBegin(organization))
        {
            await TurnAway(context);
            return;
        }

        using var turn = new Turn(this, organization);
        context.Features.Set(turn);
        await next(context);
    };

    private Task TurnAway(HttpContext context)
    {
        Interlocked.Increment(ref _turnedAway);

        // Not the same for everybody: those who were turned away together would come back together.
        return Answer(
            context,
            RandomNumberGenerator.GetInt32(ShortestWait, LongestWait + 1),
            "busy",
            "too many agents connect at this moment; come again after the time that Retry-After names");
    }

    private static async Task Answer(HttpContext context, int wait, string code, string message)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        await context.Response.WriteAsJsonAsync(new { message, code });
    }

    private bool TryBegin(Guid organization)
    {
        lock (_gate)
        {
            var own = _ofOrganization.GetValueOrDefault(organization);
            if (_count >= limits.Handshakes || own >= Math.Max(1, limits.Handshakes / 2))
            {
                return false;
            }

            (_count, _ofOrganization[organization]) = (_count + 1, own + 1);
            return true;
        }
    }

    private void End(Guid organization)
    {
        lock (_gate)
        {
            _count--;
            if (--_ofOrganization[organization] == 0)
            {
                _ofOrganization.Remove(organization);
            }
        }
    }

    /// <summary>Ends once, with the hello or with the connection.</summary>
    private sealed class Turn(Handshakes handshakes, Guid organization) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                handshakes.End(organization);
            }
        }
    }
}
