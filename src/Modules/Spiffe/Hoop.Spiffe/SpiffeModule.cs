using Hoop.Shared;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Spiffe;

/// <summary>
/// Agents: trust domains and bundles, JWT-SVIDs, mappings, the agents themselves and the channel to them.
/// Owns the schema <c>spiffe</c>.
/// </summary>
public static class SpiffeModule
{
    public static IServiceCollection AddSpiffe(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return services.AddModule(typeof(SpiffeModule).Assembly, "spiffe");
    }

    public static IEndpointRouteBuilder MapSpiffe(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        return routes;
    }
}
