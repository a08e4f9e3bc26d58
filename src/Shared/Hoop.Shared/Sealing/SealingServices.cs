using Hoop.Shared.Memory;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Shared.Sealing;

public static class SealingServices
{
    /// <summary>Registers a column of sealed values and, once a host, the <see cref="SealingKeys"/> that seal and open them.</summary>
    /// <exception cref="Configuration.ConfigurationException"><c>HOOP_ENCRYPTION_KEY</c> is wrong.</exception>
    /// <exception cref="InvalidOperationException">Another column has the same purpose.</exception>
    public static IServiceCollection AddSealedColumn(this IServiceCollection services, IConfiguration configuration, SealedColumn column)
    {
        if (services.Any(service => service.ImplementationInstance is SealedColumn other && other.Purpose == column.Purpose))
        {
            throw new InvalidOperationException(
                $"Two sealed columns have the purpose {column.Purpose.Number}: a value of one would open as the other.");
        }

        if (services.All(service => service.ServiceType != typeof(SealingKeys)))
        {
            var options = SealingOptions.From(configuration);
            services.AddSingleton(options);
            services.AddSingleton(new SealingKeys(options.Keys));
            services.AddSingleton<SealingStart>();
            services.AddTransient(provider => new KeyRotation(
                provider.GetRequiredService<SealingKeys>(),
                provider.GetServices<SealedColumn>(),
                provider.GetRequiredService<MemoryCommands>(),
                provider.GetRequiredService<IServiceScopeFactory>(),
                provider.GetRequiredService<TimeProvider>()));
            services.AddHostedService(provider => provider.GetRequiredService<SealingStart>());
        }

        return services.AddSingleton(column);
    }
}
