using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.Identity.Tokens;

/// <summary>How long tokens live that say nothing, and how long they may live: <c>HOOP_VAULT_TOKEN_TTL</c>, <c>..._MAX_TTL</c>.</summary>
internal sealed record TokenOptions(int DefaultTtl, int MaxTtl)
{
    private const string Default = "HOOP_VAULT_TOKEN_TTL";
    private const string Max = "HOOP_VAULT_TOKEN_MAX_TTL";

    public static TokenOptions From(IConfiguration configuration)
    {
        var max = Read(configuration, Max, TimeSpan.FromHours(768));
        var usual = Read(configuration, Default, max < TimeSpan.FromHours(768) ? max : TimeSpan.FromHours(768));
        return usual <= max
            ? new TokenOptions((int)usual.TotalSeconds, (int)max.TotalSeconds)
            : throw new ConfigurationException(Default, $"must not be longer than {Max}");
    }

    private static TimeSpan Read(IConfiguration configuration, string name, TimeSpan fallback) => configuration.Text(name) switch
    {
        null => fallback,
        var text when GoDuration.TryParse(text, out var duration) && duration >= TimeSpan.FromSeconds(1) => duration,
        _ => throw new ConfigurationException(name, "must be a duration such as 768h, one second or more"),
    };
}
