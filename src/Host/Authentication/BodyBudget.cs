using Hoop.Shared.Results;

namespace Hoop.Host.Authentication;

/// <summary>
/// How many bytes of bodies there may be on this gateway at once. Each body has its limit, and its caller decides how many of them it
/// sends and how slowly. One organization has half of what is shared, so that none keeps the others out; what small bodies hold does not
/// count. Beyond what is shared there is one place for a body of any size: of many large ones one goes on to its end, where all would
/// stop halfway.
/// </summary>
/// <param name="shared">In bytes, of all together.</param>
internal sealed class BodyBudget(long shared)
{
    /// <summary>Of each body.</summary>
    public const long Free = 64 * 1024;

    private const long Mebibyte = 1024 * 1024;

    private static readonly Error Full =
        Error.Unavailable("too many large bodies are being read; try again", "busy") with { RetryAfter = TimeSpan.FromSeconds(1) };

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, long> _held = [];
    private long _all;
    private Share? _large;

    /// <summary>
    /// Of a gateway. With the one place it is 40 MiB: what is read is there three times and more until it is answered, as bytes and as
    /// texts, and what was freed is not given back at once.
    /// </summary>
    public static BodyBudget OfGateway() => new(8 * Mebibyte);

    /// <summary>Of all organizations, now.</summary>
    public long Held
    {
        get
        {
            lock (_gate)
            {
                return _all + (_large?.Beyond ?? 0);
            }
        }
    }

    /// <exception cref="BodyRefused">There is no room.</exception>
    public void Take(Share share, long bytes)
    {
        lock (_gate)
        {
            var own = _held.GetValueOrDefault(share.OrgId) + bytes;
            if (_large != share && _all + bytes <= shared && own <= shared / 2)
            {
                _held[share.OrgId] = own;
                _all += bytes;
                share.Shared += bytes;
                return;
            }

            _large ??= share;
            if (_large != share)
            {
                throw new BodyRefused(Full);
            }

            share.Beyond += bytes;
        }
    }

    public void GiveBack(Share share)
    {
        lock (_gate)
        {
            _all -= share.Shared;
            if (share.Shared > 0 && (_held[share.OrgId] -= share.Shared) == 0)
            {
                _held.Remove(share.OrgId);
            }

            share.Shared = 0;
            if (_large == share)
            {
                _large = null;
            }
        }
    }

    /// <summary>What one body holds.</summary>
    internal sealed class Share(Guid orgId)
    {
        public Guid OrgId => orgId;

        /// <summary>Of what all share.</summary>
        public long Shared { get; set; }

        /// <summary>In the one place; the limit of the route bounds it.</summary>
        public long Beyond { get; set; }

        public long All => Shared + Beyond;
    }
}
