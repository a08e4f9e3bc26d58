using Hoop.ServiceAccounts.Accounts;
using Hoop.ServiceAccounts.Issuers;
using Hoop.ServiceAccounts.People;
using Hoop.ServiceAccounts.Rules;
using Hoop.Shared;
using Hoop.Shared.Quotas;
using Hoop.Shared.Sealing;
using Hoop.Shared.Sources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Hoop.ServiceAccounts;

/// <summary>
/// Who comes with a token of an identity provider: service accounts, people who sign in, and the verification of what they present.
/// Owns the schema <c>service_accounts</c>.
/// </summary>
public static class ServiceAccountsModule
{
    public static IServiceCollection AddServiceAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddModule(typeof(ServiceAccountsModule).Assembly, "service_accounts");

        services.AddSealedColumn(configuration, IssuerSecrets.Column);
        services.AddScoped<AccountFinder>();
        services.AddScoped<AccountLookup>();
        services.AddSingleton<AccountUses>();
        services.AddHostedService(provider => provider.GetRequiredService<AccountUses>());
        services.AddScoped<RuleIssuer>();
        services.AddScoped<RuleLookup>();
        services.AddQuota(configuration, StoredRule.Quota);
        services.AddHealthChecks().AddCheck<IssuerHealth>("issuer_keys", tags: ["ready"]);
        services.AddSingleton(IssuerOptions.From(configuration));
        services.AddSingleton<SignInVerifier>();
        services.TryAddSingleton<SignInLog>();
        services.TryAddSingleton(provider => BadTokens.From(configuration, provider.GetRequiredService<TimeProvider>()));
        services.AddScoped<SignInRefusals>();
        services.AddHostedService<KeptGroups>();
        services.TryAddSingleton(IssuerOutbound.From(configuration));
        services.TryAddSingleton<IssuerKeySource>();
        services.AddQuota(configuration, StoredIssuer.Quota);
        services.AddSingleton<IssuerKeys>();
        services.AddSingleton<IntrospectionSource>();
        services.AddSingleton<IssuerDirectory>();
        services.AddHostedService<IssuerWatch>();
        services.AddMetrics();
        services.AddHostedService<IssuerMetrics>();
        services.AddScoped<IssuerFinder>();
        services.AddSingleton<SecretGuesses>();
        services.AddScoped<IssuerAudiences>();
        services.AddSingleton<AccessTokenVerifier>();
        services.AddSingleton<OpaqueTokens>();
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
        CompareIssuerSecrets.Map(issuers);

        var rules = routes.MapGroup("/api/serviceaccounts/rules").WithTags("Service accounts");
        ListRules.Map(rules);
        CreateRule.Map(rules);
        GetRule.Map(rules);
        UpdateRule.Map(rules);
        DeleteRule.Map(rules);

        var accounts = routes.MapGroup(Routes.Group).WithTags("Service accounts");
        ListServiceAccounts.Map(accounts);
        CreateServiceAccount.Map(accounts);
        GetServiceAccount.Map(accounts);
        UpdateServiceAccount.Map(accounts);
        DeleteServiceAccount.Map(accounts);

        var api = routes.MapGroup("/api").WithTags("Signing in");
        GetPublicServerInfo.Map(api);
        SignIn.Map(api);

        return routes;
    }
}
