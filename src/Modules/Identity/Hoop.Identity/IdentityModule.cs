using Hoop.Identity.Organizations;
using Hoop.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity;

/// <summary>
/// Who exists: organizations, API tokens, feature flags, the audit trail and the Vault-compatible identity store.
/// Owns the schema <c>identity</c>.
/// </summary>
public static class IdentityModule
{
    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return services.AddModule(typeof(IdentityModule).Assembly, "identity");
    }

    public static IEndpointRouteBuilder MapIdentity(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);

        var organizations = routes.MapGroup("/api/orgs").WithTags("Organizations");
        CreateOrganization.Map(organizations);
        ListOrganizations.Map(organizations);

        return routes;
    }
}
