using Hoop.Shared;
using Hoop.Shared.Quotas;
using Hoop.Spiffe.Agents;
using Hoop.Spiffe.Channels;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Spiffe.Mappings;
using Hoop.Spiffe.Svids;
using Hoop.Spiffe.TrustDomains;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
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
        services.AddModule(typeof(SpiffeModule).Assembly, "spiffe");
        services.AddSingleton(SpiffeOptions.From(configuration));

        services.AddMetrics();
        services.AddSingleton<SpiffeMetrics>();

        services.AddSingleton<BundleKeys>();
        services.AddSingleton<TrustDomainDirectory>();
        services.AddHostedService<TrustDomainWatch>();
        services.AddScoped<TrustDomainFinder>();
        services.AddScoped<TrustDomainNames>();
        services.AddSingleton<TrustDomainProof>();
        services.AddQuota(configuration, SpiffeQuotas.TrustDomains);
        services.AddQuota(configuration, SpiffeQuotas.Agents);
        services.AddQuota(configuration, SpiffeQuotas.Mappings);
        services.AddHealthChecks().AddCheck<TrustBundleHealth>("trust_bundle", tags: ["ready"]);

        services.AddSingleton(provider => provider.GetRequiredService<SpiffeOptions>().JwtSvidOptions);
        services.AddSingleton(provider => new SvidCache(provider.GetRequiredService<TimeProvider>()));
        services.AddTransient<SvidAuthentication>();
        services.AddScoped<IWorkloadProof, WorkloadProof>();

        services.AddSingleton<TemplateCache>();
        services.AddSingleton<MappingShape>();
        services.AddTransient<MappingChecks>();
        services.AddTransient<MappingLookup>();
        services.AddTransient<MappingImport>();

        services.AddSingleton(AgentLimits.From(configuration));
        services.AddSingleton<AgentChannels>();
        services.AddSingleton<MessageBudget>();
        services.AddSingleton<Handshakes>();
        services.AddScoped<ChannelRows>();
        services.AddSingleton<AgentCredentials>();
        services.AddSingleton<FileRenewal>();
        services.AddSingleton<AgentWork>();
        services.AddSingleton<StreamedWork>();
        services.AddScoped<LocalReplicas>();
        services.AddScoped<IAgentReplicas>(provider => provider.GetRequiredService<LocalReplicas>());
        services.AddScoped<IAgentReplicas, RemoteReplicas>();
        services.AddSingleton<AgentTrust>();
        services.AddHostedService(provider => provider.GetRequiredService<AgentTrust>());
        services.AddHostedService<AgentPresence>();
        services.AddHostedService<ChannelMetrics>();
        services.AddHostedService<TrustDomainMetrics>();
        services.AddSignalR().AddHubOptions<AgentHub>(hub =>
        {
            hub.KeepAliveInterval = TimeSpan.FromSeconds(2);
            hub.ClientTimeoutInterval = TimeSpan.FromSeconds(20);
            hub.MaximumReceiveMessageSize = AgentLimits.LargestMessage;
        });
        // The last one of a name is SignalR's choice.
        services.AddSingleton<IHubProtocol>(provider => new AgentHubProtocol(ActivatorUtilities.CreateInstance<JsonHubProtocol>(provider)));
        return services;
    }

    public static IEndpointRouteBuilder MapSpiffe(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);

        var mappings = routes.MapGroup("/api/spiffe-mappings").WithTags("SPIFFE mappings");
        ListMappings.Map(mappings);
        GetMapping.Map(mappings);
        CreateMapping.Map(mappings);
        ImportMappings.Map(mappings);
        UpdateMapping.Map(mappings);
        DeleteMapping.Map(mappings);
        ResolveMapping.Map(mappings);

        var trustDomains = routes.MapGroup("/api/trust-domains").WithTags("Trust domains");
        ListTrustDomains.Map(trustDomains);
        GetTrustDomain.Map(trustDomains);
        CreateTrustDomain.Map(trustDomains);
        UpdateTrustDomain.Map(trustDomains);
        DeleteTrustDomain.Map(trustDomains);
        RefreshTrustDomain.Map(trustDomains);

        var names = routes.MapGroup("/api/trust-domain-names").WithTags("Trust domains");
        ListTrustDomainNames.Map(names);
        SetTrustDomainName.Map(names);
        DeleteTrustDomainName.Map(names);

        var agents = routes.MapGroup("/api/agents").WithTags("Agents");
        ListAgents.Map(agents);
        CreateAgent.Map(agents);
        GetAgent.Map(agents);
        DeleteAgent.Map(agents);
        RotateAgentKey.Map(agents);
        MapChannel(routes).RequireAuthorization(Policies.Agent);

        return routes;
    }

    /// <summary>What MapHub does, with <see cref="BoundedReader"/> before the hub.</summary>
    private static ConnectionEndpointRouteBuilder MapChannel(IEndpointRouteBuilder routes)
    {
        var (channels, budget) = (
            routes.ServiceProvider.GetRequiredService<AgentChannels>(), routes.ServiceProvider.GetRequiredService<MessageBudget>());
        var clock = routes.ServiceProvider.GetRequiredService<TimeProvider>();
        var options = new HttpConnectionDispatcherOptions { Transports = HttpTransportType.WebSockets };
        var channel = routes.MapConnections(AgentChannelPath.Path, options, connection => connection
            .Use(next => context => BoundedReader.Guard(context, channels, budget, clock, next))
            .UseHub<AgentHub>());
        var handshakes = routes.ServiceProvider.GetRequiredService<Handshakes>();
        channel.Add(endpoint => endpoint.RequestDelegate = NotUpgraded.Before(handshakes.Before(endpoint.RequestDelegate!)));
        return channel;
    }
}
