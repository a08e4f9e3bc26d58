using Hoop.Identity.AccessRules;
using Hoop.Identity.AclPolicies;
using Hoop.Identity.Aliases;
using Hoop.Identity.ApiTokens;
using Hoop.Identity.Audit;
using Hoop.Identity.Callers;
using Hoop.Identity.Entities;
using Hoop.Identity.FeatureFlags;
using Hoop.Identity.Groups;
using Hoop.Identity.IdentityTokens;
using Hoop.Identity.Logins;
using Hoop.Identity.Lookup;
using Hoop.Identity.Mounts;
using Hoop.Identity.Organizations;
using Hoop.Identity.People;
using Hoop.Identity.Sys;
using Hoop.Identity.Tokens;
using Hoop.Identity.Vault;
using Hoop.Shared;
using Hoop.Shared.Quotas;
using Hoop.Shared.Sources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

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
        services.Configure<RouteOptions>(routing => routing.SetParameterPolicy<VaultIdConstraint>("vault_id"));
        services.Configure<RouteOptions>(routing => routing.SetParameterPolicy<VaultIdConstraint>("vault_name"));
        services.AddSingleton<OrganizationFlags>();
        services.AddSingleton<OrganizationNames>();
        services.AddSingleton(AuditOptions.From(configuration));
        services.AddSingleton<RefusedSignIns>();
        services.AddMetrics();
        services.AddHostedService<AuditMetrics>();
        services.AddSingleton<AuditUpkeep>();
        services.AddHostedService(provider => provider.GetRequiredService<AuditUpkeep>());
        services.AddScoped<QuotaRows>();
        services.AddTransient<StoreTrail>();
        services.AddTransient<EntityReader>();
        services.AddTransient<EntityWriter>();
        services.AddScoped<AliasSummaries>();
        services.AddScoped<FilteredEntities>();
        services.AddScoped<NewEntity>();
        services.AddScoped<RemovedEntities>();
        services.AddScoped<EntityMerge>();
        services.AddScoped<AliasClashes>();
        services.AddTransient<AliasStore>();
        services.AddTransient<GroupReader>();
        services.AddTransient<GroupWriter>();
        services.AddScoped<GroupMembers>();
        services.AddScoped<GroupAliasStore>();
        services.AddSingleton<AliasUses>();
        services.AddHostedService(provider => provider.GetRequiredService<AliasUses>());
        services.AddSingleton(OwnMounts.From(configuration));
        services.AddQuota(configuration, IdentityQuotas.ApiTokens);
        services.AddQuota(configuration, IdentityQuotas.Entities);
        services.AddQuota(configuration, IdentityQuotas.EntityAliases);
        services.AddQuota(configuration, IdentityQuotas.Groups);
        services.AddQuota(configuration, IdentityQuotas.Mounts);
        services.AddQuota(configuration, IdentityQuotas.People);
        services.AddScoped<PersonReader>();
        services.AddScoped<SignInTokens>();
        services.AddScoped<PersonTokens>();
        services.AddSingleton<TokenUses>();
        services.AddHostedService(provider => provider.GetRequiredService<TokenUses>());
        services.AddQuota(configuration, AclPolicy.Quota);
        services.AddSingleton<PolicyBook>();
        services.AddSingleton<KnownAcls>();
        services.AddTransient<EntityFactsReader>();
        services.AddTransient<AclReader>();
        services.AddTransient<CallerAcl>();
        services.AddTransient<IPathAccess, PathAccess>();
        services.AddQuota(configuration, VaultToken.Quota);
        services.AddQuota(configuration, VaultToken.RoleQuota);
        services.AddSingleton(TokenOptions.From(configuration));
        services.AddSingleton<SeenTokens>();
        services.AddTransient<TokenRoles>();
        services.AddTransient<TokenParents>();
        services.AddScoped<TokenEntities>();
        services.AddScoped<TokenMaker>();
        services.AddScoped<TokenFamilies>();
        services.AddScoped<ApiTokenRemoval>();
        services.AddSingleton<TokenSweep>();
        services.AddHostedService(provider => provider.GetRequiredService<TokenSweep>());
        services.AddQuota(configuration, LoginRole.Quota);
        services.TryAddSingleton(IssuerOutbound.From(configuration));
        services.TryAddSingleton<IssuerKeySource>();
        services.TryAddSingleton<SignInLog>();
        services.TryAddSingleton(provider => BadTokens.From(configuration, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<LoginDirectory>();
        services.AddHostedService<LoginWatch>();
        services.AddScoped<LoginVerifier>();
        services.AddScoped<LoginMounts>();
        services.AddScoped<LoginAliases>();
        services.AddScoped<LoginTokens>();
        services.AddScoped<LoginRefusals>();
        services.AddIdentityTokens(configuration);
        return services.AddModule(typeof(IdentityModule).Assembly, "identity");
    }

    public static IEndpointRouteBuilder MapIdentity(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);

        var organizations = routes.MapGroup("/api/orgs").WithTags("Organizations");
        CreateOrganization.Map(organizations);
        ListOrganizations.Map(organizations);
        GetQuotas.Map(organizations);
        SetQuotas.Map(organizations);
        GetOrganization.Map(organizations);
        UpdateOrganization.Map(organizations);
        DeleteOrganization.Map(organizations);
        CreateAdminToken.Map(organizations);

        var tokens = routes.MapGroup("/api/api-tokens").WithTags("API tokens");
        ListApiTokens.Map(tokens);
        CreateApiToken.Map(tokens);
        DeleteApiToken.Map(tokens);

        var own = routes.MapGroup("/api/tokens").WithTags("Personal API tokens");
        ListPersonalTokens.Map(own);
        CreatePersonalToken.Map(own);
        DeletePersonalToken.Map(own);

        var people = routes.MapGroup("/api/users").WithTags("People");
        ListPeople.Map(people);
        InvitePerson.Map(people);
        GetPerson.Map(people);
        UpdatePerson.Map(people);
        DeletePerson.Map(people);

        var flags = routes.MapGroup("/api/feature-flags").WithTags("Feature flags");
        ListFeatureFlags.Map(flags);
        SetFeatureFlag.Map(flags);

        ListAuditEvents.Map(routes.MapGroup("/api/audit").WithTags("Audit trail"));

        var callers = routes.MapGroup("/api").WithTags("Callers");
        GetUserInfo.Map(callers);
        GetServerInfo.Map(callers);

        var entities = routes.MapGroup("/v1/identity").WithSurface(Surface.Vault).WithTags("Entities");
        SetEntity.Map(entities);
        GetEntity.Map(entities);
        DeleteEntity.Map(entities);
        DeleteEntities.Map(entities);
        ListEntities.Map(entities);
        MergeEntities.Map(entities);
        ListUnusedEntities.Map(entities);
        TidyEntities.Map(entities);

        var aliases = routes.MapGroup("/v1/identity").WithSurface(Surface.Vault).WithTags("Entity aliases");
        SetAlias.Map(aliases);
        GetAlias.Map(aliases);
        DeleteAlias.Map(aliases);
        ListAliases.Map(aliases);

        var groups = routes.MapGroup("/v1/identity").WithSurface(Surface.Vault).WithTags("Groups");
        SetGroup.Map(groups);
        GetGroup.Map(groups);
        DeleteGroup.Map(groups);
        ListGroups.Map(groups);
        ChangeMembers.Map(groups);
        SetGroupAlias.Map(groups);
        GetGroupAlias.Map(groups);
        DeleteGroupAlias.Map(groups);
        ListGroupAliases.Map(groups);
        LookupEntity.Map(entities);
        LookupGroup.Map(groups);

        var mounts = routes.MapGroup("/v1/sys").WithSurface(Surface.Vault).WithTags("Auth mounts");
        ListMounts.Map(mounts);
        GetMount.Map(mounts);
        EnableMount.Map(mounts);
        TuneMount.Map(mounts);
        DisableMount.Map(mounts);

        var policies = routes.MapGroup("/v1/sys").WithSurface(Surface.Vault).WithTags("ACL policies");
        ListPolicies.Map(policies);
        SetPolicy.Map(policies);
        GetPolicy.Map(policies);
        DeletePolicy.Map(policies);
        CheckPolicy.Map(policies);
        ExplainAccess.Map(policies);
        GetCapabilities.Map(policies);
        GetTokenCapabilities.Map(policies);

        ListSecretMounts.Map(routes.MapGroup("/v1/sys").WithSurface(Surface.Vault).WithTags("Secret mounts"));

        var vaultTokens = routes.MapGroup("/v1/auth/token").WithSurface(Surface.Vault).WithTags("Vault tokens");
        CreateToken.Map(vaultTokens);
        LookupToken.Map(vaultTokens);
        RenewToken.Map(vaultTokens);
        RevokeToken.Map(vaultTokens);
        ListAccessors.Map(vaultTokens);
        SetTokenRole.Map(vaultTokens);
        GetTokenRole.Map(vaultTokens);
        ListTokenRoles.Map(vaultTokens);
        DeleteTokenRole.Map(vaultTokens);

        var logins = routes.MapGroup("/v1/auth").WithSurface(Surface.Vault).WithTags("Signing in at a mount");
        Login.Map(logins);
        SetLoginConfig.Map(logins);
        GetLoginConfig.Map(logins);
        ListLoginRoles.Map(logins);
        SetLoginRole.Map(logins);
        GetLoginRole.Map(logins);
        DeleteLoginRole.Map(logins);

        routes.MapIdentityTokens();

        return routes;
    }
}
