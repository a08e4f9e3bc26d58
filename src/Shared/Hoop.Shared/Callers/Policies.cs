using System.Collections.Frozen;
using Hoop.Shared.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Shared.Callers;

/// <summary>The policies a route can state. In the gateway a route that states none is closed (<see cref="LetIn"/>).</summary>
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

    private static readonly FrozenDictionary<string, Rule> Rules = new Dictionary<string, Rule>(StringComparer.Ordinal)
    {
        [Authenticated] = new(_ => true),
        [Auditor] = new(caller => caller.Role is Role.Auditor or Role.Admin),
        [Admin] = new(caller => caller.Role is Role.Admin),
        [Operator] = new(caller => caller.Kind is CallerKind.Operator, IsOfPaths: false),
        [Agent] = new(caller => caller.Kind is CallerKind.Agent, IsOfPaths: false),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>For hosts that let the framework judge. The gateway asks <see cref="LetIn"/>, which costs a request less.</summary>
    public static IServiceCollection AddHoopPolicies(this IServiceCollection services)
    {
        var policies = services.AddAuthorizationBuilder();
        foreach (var (name, rule) in Rules)
        {
            policies.AddPolicy(name, policy => policy.RequireAssertion(
                context => Allows(rule, CallerIdentity.Of(context.User), context.Resource as HttpContext).AsTask()));
        }

        return services;
    }

    /// <summary>
    /// Whether the matched route lets the caller in: all the policies that it states must. A route that states none, or states what is
    /// none of these policies, is closed.
    /// </summary>
    public static async ValueTask<bool> LetIn(HttpContext context, Caller? caller)
    {
        ArgumentNullException.ThrowIfNull(context);
        var stated = context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>() ?? [];
        for (var i = 0; i < stated.Count; i++)
        {
            if (stated[i] is not { Policy: { } policy, Roles: null, AuthenticationSchemes: null }
                || !Rules.TryGetValue(policy, out var rule)
                || !await Allows(rule, caller, context))
            {
                return false;
            }
        }

        return stated.Count > 0;
    }

    // A token of Vault's kind has no role: its policies decide, about Vault's paths alone.
    private static ValueTask<bool> Allows(Rule rule, Caller? caller, HttpContext? context) => caller switch
    {
        null => new(false),
        { Kind: CallerKind.VaultToken } => rule.IsOfPaths && context is not null && Surface.Of(context) == Surface.Vault
            && context.RequestServices.GetService<IPathAccess>() is { } access
                ? access.Allows(context, caller)
                : new(false),
        _ => new(rule.HasRole(caller)),
    };

    private sealed record Rule(Func<Caller, bool> HasRole, bool IsOfPaths = true);
}

/// <summary>Decides for callers whose rights are policies about paths. Without it they may do nothing.</summary>
public interface IPathAccess
{
    ValueTask<bool> Allows(HttpContext context, Caller caller);
}
