using Hoop.Identity.ClaimTemplates;
using Hoop.Identity.TokenKeys;
using Hoop.Shared.Quotas;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.IdentityTokens;

/// <summary>The table of contents of identity tokens.</summary>
internal static class IdentityTokenServices
{
    public static void AddIdentityTokens(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddTokenKeys(configuration);
        services.AddQuota(configuration, IdentityTokenRole.Quota);
        services.AddScoped<IdentityTokenRoles>();
        services.AddScoped<EntityTelling>();
    }

    public static void MapIdentityTokens(this IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("").WithSurface(Surface.Vault).WithTags("Identity tokens");
        var oidc = routes.MapGroup("/v1/identity/oidc").WithSurface(Surface.Vault).WithTags("Identity tokens");
        GetTokenIssuer.Map(oidc);
        SetTokenIssuer.Map(oidc);
        SetSigningKey.Map(oidc);
        GetSigningKey.Map(oidc);
        DeleteSigningKey.Map(oidc);
        ListSigningKeys.Map(oidc);
        RotateSigningKey.Map(oidc);
        ReplaceSigningKey.Map(oidc);
        SetIdentityTokenRole.Map(oidc);
        GetIdentityTokenRole.Map(oidc);
        DeleteIdentityTokenRole.Map(oidc);
        ListIdentityTokenRoles.Map(oidc);
        CreateIdentityToken.Map(oidc);
        IntrospectIdentityToken.Map(oidc);

        GetDiscovery.Map(open);
        GetKeySet.Map(open);
        GetSpiffeBundle.Map(routes.MapGroup("").WithTags("Identity tokens"));
    }
}
