using Hoop.Shared.Configuration;

namespace Hoop.Identity.Tokens;

/// <summary>How long a new token lives, as Vault reckons it. All in seconds.</summary>
/// <param name="Ttl">Zero: without end.</param>
internal sealed record TokenLife(int Ttl, int Period, int ExplicitMaxTtl, IReadOnlyList<string> Warnings)
{
    /// <param name="request">What is asked for.</param>
    /// <param name="role">Its limits: the lesser of two counts.</param>
    /// <param name="isRoot">Whether the token may live without end.</param>
    /// <param name="options">The gateway's limits.</param>
    public static TokenLife Of(TokenRequest request, TokenRole? role, bool isRoot, TokenOptions options)
    {
        var warnings = new List<string>();
        var explicitMax = Lesser(request.ExplicitMaxTtl, role?.TokenExplicitMaxTtl ?? 0, "Explicit max TTL", warnings);
        var period = Lesser(request.Period, role?.TokenPeriod ?? 0, "Period", warnings);
        var max = explicitMax > 0 ? Math.Min(explicitMax, options.MaxTtl) : options.MaxTtl;
        if (period > options.MaxTtl)
        {
            warnings.Add(
                $"period of {Shown(period)} exceeded the effective max_ttl of {Shown(options.MaxTtl)}; period value is capped accordingly");
            period = options.MaxTtl;
        }

        if (period == 0 && request.Ttl == 0 && isRoot)
        {
            return new TokenLife(explicitMax > 0 ? max : 0, period, explicitMax, warnings);
        }

        var wanted = period > 0 ? period : request.Ttl > 0 ? request.Ttl : options.DefaultTtl;
        var limit = period > 0 && explicitMax == 0 ? int.MaxValue : period > 0 ? explicitMax : max;

        // The usual life of a token that asked for nothing may be cut without a word.
        if (wanted > limit && (request.Ttl > 0 || period > 0))
        {
            warnings.Add(Capped(wanted, limit));
        }

        return new TokenLife(Math.Min(wanted, limit), period, explicitMax, warnings);
    }

    /// <summary>The same for a maker that ends after so long: not a renewal either leads beyond it.</summary>
    public TokenLife EndingAfter(TimeSpan left)
    {
        var most = (int)Math.Clamp(Math.Floor(left.TotalSeconds), 1, int.MaxValue);
        return this with
        {
            Ttl = Ttl == 0 ? most : Math.Min(Ttl, most),
            ExplicitMaxTtl = ExplicitMaxTtl == 0 ? most : Math.Min(ExplicitMaxTtl, most),
            Warnings = Ttl > most ? [.. Warnings, Capped(Ttl, most)] : Warnings,
        };
    }

    /// <summary>The warning of a time that a limit cut.</summary>
    public static string Capped(int wanted, int limit) =>
        $"TTL of {Shown(wanted)} exceeded the effective max_ttl of {Shown(limit)}; TTL value is capped accordingly";

    private static int Lesser(int asked, int ofRole, string what, List<string> warnings)
    {
        if (asked == 0 || ofRole == 0)
        {
            return Math.Max(asked, ofRole);
        }

        var lesser = Math.Min(asked, ofRole);
        warnings.Add($"{what} specified both during creation call and in role; using the lesser value of {lesser} seconds");
        return lesser;
    }

    private static string Shown(int seconds) => $"\"{GoDuration.Format(TimeSpan.FromSeconds(seconds))}\"";
}
