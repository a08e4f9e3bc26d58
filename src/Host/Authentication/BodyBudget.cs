using Hoop.Shared.Results;

namespace Hoop.Host.Authentication;

/// <summary>
/// How many bytes of bodies there may be on this gateway at once. Each body has its limit, and its caller decides how many of them it
/// sends and how slowly. One organization has half, so that none keeps the others out; what small bodies hold does not count.
/// </summary>
/// <param name="most">In bytes, of all together.</param>
internal sealed class BodyBudget(long most)
{
    /// <summary>Of each body.</summary>
    public const long Free = 64 * 1024;

    private const long Mebibyte = 1024 * 1024;

    /// <summary>The largest body that any route takes: one of it always has room.</summary>
    private const long Largest = 32 * Mebibyte;

    private static readonly Error Full =
        Error.Unavailable("too many large bodies are being read; try again", "busy") with { RetryAfter = TimeSpan.FromSeconds(1) };

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, long> _held = [];
    private long _all;

    /// <summary>
    /// Of a gateway: two of the largest bodies. What is read is there several times until it is answered, as bytes, as JSON and as texts.
    /// </summary>
    public static BodyBudget OfGateway() => new(2 * Largest);

    /// <summary>Of all organizations, now.</summary>
    public long Held
    {
        get
        {
            lock (_gate)
            {
                return _all;
            }
        }
    }

    /// <exception cref="BodyRefused">There is no room.</exception>
    public void Take(Guid orgId, long bytes)
    {
        lock (_gate)
        {
            var own = _held.GetValueOrDefault(orgId) + bytes;
            if (_all + bytes > most || own > most / 2)
            {
                throw new BodyRefused(Full);
            }

            _held[orgId] = own;
            _all += bytes;
        }
    }

    public void GiveBack(Guid orgId, long bytes)
    {
        lock (_gate)
        {
            _all -= bytes;
            if ((_held[orgId] -= bytes) == 0)
            {
                _held.Remove(orgId);
            }
        }
    }
}
