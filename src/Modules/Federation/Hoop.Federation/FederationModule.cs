using Hoop.Shared;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Federation;

/// <summary>
/// Connections, and the per-user short-lived cloud credentials layered onto them.
/// Owns the schema <c>federation</c>.
/// </summary>
public static class FederationModule
{
    public static IServiceCollection AddFederation(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return services.AddModule(typeof(FederationModule).Assembly, "federation");
    }

    public static IEndpointRouteBuilder MapFederation(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        return routes;
    }
}
