using Hoop.Shared;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.ServiceAccounts;

/// <summary>
/// Automation: service accounts, and the verification of the access tokens they present.
/// Owns the schema <c>service_accounts</c>.
/// </summary>
public static class ServiceAccountsModule
{
    public static IServiceCollection AddServiceAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return services.AddModule(typeof(ServiceAccountsModule).Assembly, "service_accounts");
    }

    public static IEndpointRouteBuilder MapServiceAccounts(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        return routes;
    }
}
