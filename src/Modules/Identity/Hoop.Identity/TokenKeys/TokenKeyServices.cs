using Hoop.Shared.Quotas;
using Hoop.Shared.Sealing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.TokenKeys;

/// <summary>The keys that sign identity tokens: named, sealed, rotated by a plan, and published before they sign.</summary>
internal static class TokenKeyServices
{
    public static void AddTokenKeys(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSealedColumn(configuration, SealedSigningKeys.Column);
        services.AddQuota(configuration, SigningKey.Quota);
        services.AddSingleton<Issuers>();
        services.AddSingleton<Signers>();
        services.AddSingleton<PublishedKeys>();
        services.AddScoped<SigningKeys>();
        services.AddScoped<KeyVersions>();
        services.AddSingleton<KeyRotation>();
        services.AddHostedService(provider => provider.GetRequiredService<KeyRotation>());
    }
}
