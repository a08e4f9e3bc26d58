using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Hoop.Shared.Memory;

internal static class MemoryServices
{
    public static void AddHoopMemory(
        this IServiceCollection services, IConfiguration configuration, Func<IServiceProvider, NpgsqlDataSource> database)
    {
        services.TryAddSingleton(MemoryOptions.From(configuration));
        services.TryAddSingleton<BootClock>();
        services.AddSingleton<CoherentMemory>();
        services.AddSingleton<MemoryMetrics>();
        services.AddScoped<Dependencies>();
        services.AddSingleton<MemoryCommands>();
        services.AddHealthChecks().AddCheck<MemoryHealth>("memory", tags: ["ready"]);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<MemorySession>(
            provider, provider.GetKeyedService<NpgsqlDataSource>(MemorySession.Listening) ?? database(provider), Telling(provider)));
        services.AddHostedService(provider => provider.GetRequiredService<MemorySession>());
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Announcer>(provider, Telling(provider)));
        services.AddHostedService(provider => provider.GetRequiredService<Announcer>());

        NpgsqlDataSource Telling(IServiceProvider provider) =>
            provider.GetKeyedService<NpgsqlDataSource>(MemorySession.Telling) ?? database(provider);
    }
}
