using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Connections;
using Hoop.Federation.DryRuns;
using Hoop.Federation.Minting;
using Hoop.Federation.OpenSessions;
using Hoop.Federation.Principals;
using Hoop.Federation.Providers;
using Hoop.Federation.Providers.AwsSts;
using Hoop.Federation.Providers.GcpIam;
using Hoop.Federation.Providers.OidcToken;
using Hoop.Federation.Sessions;
using Hoop.Federation.UserTokens;
using Hoop.Shared;
using Hoop.Shared.Quotas;
using Hoop.Shared.Sealing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Federation;

/// <summary>
/// Connections, and the per-user short-lived cloud credentials layered onto them.
/// Owns the schema <c>federation</c>.
/// </summary>
public static class FederationModule
{
    /// <exception cref="Hoop.Shared.Configuration.ConfigurationException">A variable of this module is wrong.</exception>
    public static IServiceCollection AddFederation(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = FederationOptions.From(configuration);
        services.AddSingleton(options);
        services.AddSealedColumn(configuration, SealedSecrets.Column);
        services.AddSealedColumn(configuration, SealedCredentials.Column);
        services.AddSingleton<IGatewayTokens, GatewayTokens>();
        services.AddSingleton<TokenMint>();
        services.AddSingleton<IProvider, GcpIamProvider>();
        services.AddSingleton<IProvider, OidcTokenProvider>();
        services.AddSingleton<AwsStsClient>();
        services.AddSingleton<IProvider, AwsStsProvider>();
        services.AddMetrics();
        services.AddSingleton<FederationMetrics>();
        services.AddSingleton<ProviderSet>();
        services.AddScoped<FindConnection>();
        services.AddScoped<FindPolicy>();
        services.AddScoped<PrincipalOwners>();
        services.AddScoped<RemovedConnections>();
        services.AddScoped<FederationFlag>();
        services.AddScoped<SessionResolver>();
        services.AddScoped<SubjectTokens>();
        services.AddScoped<DryRun>();
        services.AddSingleton<DryRunRate>();
        services.AddScoped<EndSessions>();
        services.AddSingleton(SessionLimits.From(configuration));
        services.AddSingleton<LiveSessions>();
        services.AddScoped<SessionRows>();
        services.AddScoped<SessionRun>();
        services.AddHostedService<SessionWatch>();
        services.AddSingleton<SessionPresence>();
        services.AddHostedService(provider => provider.GetRequiredService<SessionPresence>());
        services.AddQuota(configuration, ConnectionQuota.Of);
        return services.AddModule(typeof(FederationModule).Assembly, "federation");
    }

    public static IEndpointRouteBuilder MapFederation(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);

        var connections = routes.MapGroup("/api/connections").WithTags("Connections");
        CreateConnection.Map(connections);
        ListConnections.Map(connections);
        GetConnection.Map(connections);
        UpdateConnection.Map(connections);
        DeleteConnection.Map(connections);

        var policies = routes.MapGroup("/api/connections").WithTags("Federation");
        GetPolicy.Map(policies);
        SetPolicy.Map(policies);
        DeletePolicy.Map(policies);
        IssueToken.Map(policies);
        IssueSubjectToken.Map(policies);

        var federation = routes.MapGroup("/api/federation").WithTags("Federation");
        TestFederation.Map(federation);
        ListPrincipals.Map(federation);
        ReleasePrincipal.Map(federation);
        ExchangeToken.Map(routes.MapGroup("/api/federation").WithTags("Federation").WithSurface(Surface.OAuth));

        var sessions = routes.MapGroup("/api/sessions").WithTags("Sessions");
        CreateSession.Map(sessions);
        ListSessions.Map(sessions);
        GetSession.Map(sessions);
        KillSession.Map(sessions);
        ConnectSession.Map(routes);
        return routes;
    }
}
