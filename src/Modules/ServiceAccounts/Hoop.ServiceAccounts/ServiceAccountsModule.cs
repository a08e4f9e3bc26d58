using Hoop.ServiceAccounts.Accounts;
using Hoop.ServiceAccounts.Issuers;
using Hoop.Shared;
using Hoop.Shared.Quotas;
using Microsoft.AspNetCore.Http;
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
        services.AddModule(typeof(ServiceAccountsModule).Assembly, "service_accounts");

        services.AddScoped<AccountFinder>();
        services.AddScoped<AccountLookup>();
        services.AddHealthChecks().AddCheck<IssuerHealth>("issuer_keys", tags: ["ready"]);
        services.AddSingleton(IssuerOptions.From(configuration));
        services.AddSingleton(IssuerOutbound.From(configuration));
        services.AddQuota(configuration, StoredIssuer.Quota);
        services.AddSingleton<IssuerKeys>();
        services.AddSingleton<IssuerDirectory>();
        services.AddHostedService<IssuerWatch>();
        services.AddScoped<IssuerFinder>();
        services.AddScoped<IssuerAudiences>();
        services.AddSingleton<AccessTokenVerifier>();
        return services;
    }

    public static IEndpointRouteBuilder MapServiceAccounts(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);

        var issuers = routes.MapGroup("/api/issuers").WithTags("Issuers");
        ListIssuers.Map(issuers);
        CreateIssuer.Map(issuers);
        TestIssuer.Map(issuers);
        GetIssuer.Map(issuers);
        UpdateIssuer.Map(issuers);
        DeleteIssuer.Map(issuers);

        var accounts = routes.MapGroup(Routes.Group).WithTags("Service accounts");
        ListServiceAccounts.Map(accounts);
        CreateServiceAccount.Map(accounts);
        GetServiceAccount.Map(accounts);
        UpdateServiceAccount.Map(accounts);
        DeleteServiceAccount.Map(accounts);

        return routes;
    }
}
