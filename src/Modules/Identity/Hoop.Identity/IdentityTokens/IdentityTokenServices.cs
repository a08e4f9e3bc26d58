using Hoop.Shared.Quotas;
using Hoop.Shared.Sealing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.IdentityTokens;

/// <summary>The table of contents of identity tokens.</summary>
internal static class IdentityTokenServices
{
    public static void AddIdentityTokens(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSealedColumn(configuration, SealedSigningKeys.Column);
        services.AddQuota(configuration, SigningKey.Quota);
        services.AddSingleton<Issuers>();
        services.AddSingleton<Signers>();
        services.AddSingleton<PublishedKeys>();
        services.AddScoped<SigningKeys>();
        services.AddScoped<KeyVersions>();
    }

    public static void MapIdentityTokens(this IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("").WithSurface(Surface.Vault).WithTags("Identity tokens");
        GetDiscovery.Map(open);
        GetKeySet.Map(open);
        GetSpiffeBundle.Map(routes.MapGroup("").WithTags("Identity tokens"));
    }
}
