using System.Globalization;
using Hoop.Shared.Configuration;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Shared.Quotas;

/// <summary>One kind of thing, and how many of it an organization may have.</summary>
/// <param name="Kind">snake_case plural, as the API names it: <c>trust_domains</c>.</param>
/// <param name="Variable">The operator's setting: <c>HOOP_QUOTA_</c> and the kind.</param>
/// <param name="Most">The gateway's default.</param>
/// <param name="CountSql">Counts those of <c>@OrgId</c>, and stops at <c>@Most</c>.</param>
public sealed record Quota(string Kind, string Variable, long Most, string CountSql);

/// <summary>
/// What the operator has set for one organization; null leaves the gateway's default. Answered by the module that owns
/// organizations.
/// </summary>
public sealed record FindQuota(Guid OrgId, string Kind) : IRequest<long?>;

/// <summary>The limits of this gateway, by kind.</summary>
public sealed class QuotaLimits(IEnumerable<QuotaLimit> limits)
{
    private readonly Dictionary<string, long> _most = limits.ToDictionary(limit => limit.Kind, limit => limit.Most, StringComparer.Ordinal);

    public IEnumerable<string> Kinds => _most.Keys.Order(StringComparer.Ordinal);

    public bool Has(string kind) => _most.ContainsKey(kind);

    public long Of(string kind) => _most[kind];
}

public sealed record QuotaLimit(string Kind, long Most);

public static class QuotaServices
{
    /// <summary>Makes a kind known, with the operator's setting for it.</summary>
    /// <exception cref="ConfigurationException">The setting is not a whole number.</exception>
    public static IServiceCollection AddQuota(this IServiceCollection services, IConfiguration configuration, Quota quota)
    {
        var most = configuration.Text(quota.Variable) is not { } text ? quota.Most
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 1_000_000_000 ? number
            : throw new ConfigurationException(quota.Variable, "must be a whole number from 0 to 1000000000");
        return services.AddSingleton(new QuotaLimit(quota.Kind, most));
    }
}
