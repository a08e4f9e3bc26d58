using Hoop.Shared.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Shared.Callers;

/// <summary>The policies a route can state. In the gateway a route that states none is closed (<see cref="Closed"/>).</summary>
public static class Policies
{
    /// <summary>Any signed-in caller of the organization.</summary>
    public const string Authenticated = "authenticated";

    /// <summary>Reads that only auditors and admins may make.</summary>
    public const string Auditor = "auditor";

    /// <summary>Changes, and reads of configuration.</summary>
    public const string Admin = "admin";

    /// <summary>The bootstrap admin token alone.</summary>
    public const string Operator = "operator";

    /// <summary>An agent, by JWT-SVID or key.</summary>
    public const string Agent = "agent";

    /// <summary>
    /// Lets nobody in. The gateway's fallback for routes that forgot to state a policy; another host decides for its own routes, and every
    /// route of a module states its policy.
    /// </summary>
    public static AuthorizationPolicy Closed { get; } = new AuthorizationPolicyBuilder().RequireAssertion(IsNoRoute).Build();

    public static IServiceCollection AddHoopPolicies(this IServiceCollection services)
    {
        services.AddAuthorizationBuilder()
            .AddPolicy(Authenticated, policy => policy.RequireAssertion(context => Allows(context, caller => true)))
            .AddPolicy(Auditor, policy => policy.RequireAssertion(
                context => Allows(context, caller => caller.Role is Role.Auditor or Role.Admin)))
            .AddPolicy(Admin, policy => policy.RequireAssertion(context => Allows(context, caller => caller.Role is Role.Admin)))
            .AddPolicy(Operator, policy => policy.RequireAssertion(context => CallerOf(context)?.Kind is CallerKind.Operator))
            .AddPolicy(Agent, policy => policy.RequireAssertion(context => CallerOf(context)?.Kind is CallerKind.Agent));
        return services;
    }

    // The fallback is also asked when no route matched (404), or only the router's own refusal did (405, 415): there is nothing to
    // protect then.
    private static bool IsNoRoute(AuthorizationHandlerContext context) =>
        context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint;

    // A token of Vault's kind has no role: its policies decide, about Vault's paths alone.
    private static async Task<bool> Allows(AuthorizationHandlerContext context, Func<Caller, bool> hasRole) => CallerOf(context) switch
    {
        null => false,
        { Kind: CallerKind.VaultToken } caller => context.Resource is HttpContext http
            && Surface.Of(http) == Surface.Vault
            && http.RequestServices.GetService<IPathAccess>() is { } access
            && await access.Allows(http, caller),
        var caller => hasRole(caller),
    };

    private static Caller? CallerOf(AuthorizationHandlerContext context) => CallerIdentity.Of(context.User);
}

/// <summary>Decides for callers whose rights are policies about paths. Without it they may do nothing.</summary>
public interface IPathAccess
{
    ValueTask<bool> Allows(HttpContext context, Caller caller);
}
