using System.Reflection;
using System.Text.Json;
using Hoop.Architecture.Tests.Sql;
using Hoop.Shared.Http;
using Hoop.Shared.Pipeline;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Hoop.Architecture.Tests.Routes;

/// <summary>One method of one path, as the router knows it.</summary>
/// <param name="Method"><c>*</c>: any.</param>
/// <param name="Policy">Its name, <c>anonymous</c>, or null when the route states none.</param>
/// <param name="Slice">The class whose code answers; null for the framework's own endpoints.</param>
internal sealed record Route(
    string Method, RoutePattern Pattern, string? Policy, Type? Slice, MethodInfo? Handler, bool ReadsBody, bool IsVault)
{
    public const string Anonymous = "anonymous";

    /// <summary>What a route of Vault's kind declares that it reads.</summary>
    public VaultFields? Fields { get; init; }

    /// <summary>A token endpoint, in OAuth's dialect.</summary>
    public bool IsOAuth { get; init; }

    public string Path { get; } = "/" + Pattern.RawText!.Trim('/');

    /// <summary>Everything but GET, HEAD and LIST changes something, or may.</summary>
    public bool Mutates => Method is not ("GET" or "HEAD" or "LIST");

    /// <summary>What the slice sends; null when the class is no slice.</summary>
    public Type? Request => Slice?.GetNestedType("Request", BindingFlags.NonPublic | BindingFlags.Public);

    public bool IsCommand => typeof(ICommand).IsAssignableFrom(Request);

    public bool HasParameters => Pattern.Parameters.Count > 0;

    /// <summary>The members that a body may have, by the type that reads it.</summary>
    public IEnumerable<string> Members => Handler is null ? [] : Handler.GetParameters()
        .Where(
            parameter => parameter.ParameterType is { IsClass: true, Namespace: { } space }
                && space.StartsWith("Hoop.", StringComparison.Ordinal))
        .SelectMany(parameter => parameter.ParameterType.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        .Where(property => property.CanWrite)
        .Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name))
        .Concat(Fields?.All.Select(declared => declared.Name) ?? []);

    /// <summary>The path with every parameter replaced.</summary>
    public string With(Func<RoutePatternParameterPart, string> value) =>
        "/" + string.Join('/', Pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter => Uri.EscapeDataString(value(parameter)),
        _ => throw new NotSupportedException(part.GetType().Name),
    }))));

    /// <summary>The path with ids and names that nothing has.</summary>
    public string WithUnknown() => With(parameter => IsId(parameter) ? Guid.NewGuid().ToString() : $"unknown-{Guid.NewGuid():N}");

    public static bool IsId(RoutePatternParameterPart parameter) =>
        parameter.ParameterPolicies.Any(
            policy => policy.Content is { } name
                && (name.EndsWith("uuid", StringComparison.Ordinal)
                || name.EndsWith("guid", StringComparison.Ordinal)
                || name.EndsWith("_id", StringComparison.Ordinal)));

    public override string ToString() => $"{Method} {Path}";

    /// <summary>All routes of an application, in a stable order.</summary>
    public static IReadOnlyList<Route> Of(IEnumerable<Endpoint> endpoints) =>
    [
        .. endpoints.OfType<RouteEndpoint>()
            .SelectMany(
                endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["*"],
                Of)
            .OrderBy(route => route.Path, StringComparer.Ordinal)
            .ThenBy(route => route.Method, StringComparer.Ordinal),
    ];

    private static Route Of(RouteEndpoint endpoint, string method)
    {
        var policies = endpoint.Metadata.OfType<IAuthorizeData>().Select(data => data.Policy ?? "default")
            .Distinct(StringComparer.Ordinal).ToArray();
        var handler = endpoint.Metadata.GetMetadata<MethodInfo>();
        return new Route(
            method,
            endpoint.RoutePattern,
            endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
                ? Anonymous
                : policies.Length == 0 ? null : string.Join('+', policies),
            handler?.DeclaringType is { Namespace: { } space } type && space.StartsWith("Hoop.", StringComparison.Ordinal)
                ? Outermost(type)
                : null,
            handler,
            endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is not null,
            endpoint.Metadata.GetMetadata<Surface>() == Surface.Vault)
        {
            Fields = endpoint.Metadata.GetMetadata<VaultFields>(),
            IsOAuth = endpoint.Metadata.GetMetadata<Surface>() == Surface.OAuth,
        };
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}

/// <summary>What holds for every route.</summary>
internal static class RouteRules
{
    /// <param name="routes">All of them.</param>
    /// <param name="policies">The policies that exist.</param>
    /// <param name="reasons">By route: why it changes something and is no audited command.</param>
    public static IEnumerable<string> Violations(
        IEnumerable<Route> routes, IReadOnlyCollection<string> policies, IReadOnlyDictionary<string, string> reasons)
    {
        foreach (var route in routes)
        {
            if (route.Policy is null)
            {
                yield return $"{route} states no policy";
            }
            else if (route.Policy != Route.Anonymous && !policies.Contains(route.Policy))
            {
                yield return $"{route} states the policy {route.Policy}, which does not exist";
            }

            var hasReason = reasons.GetValueOrDefault(route.ToString()) is { Length: > 9 };
            if (route.Mutates && !route.IsCommand && !hasReason)
            {
                yield return $"{route} changes something, is no audited command, and no reason is stated";
            }

            if (route.IsCommand && hasReason)
            {
                yield return $"{route} is an audited command; the stated reason is not true any more";
            }
        }
    }

    /// <summary>Slices that write and are no commands: their change would commit without an audit row.</summary>
    public static IEnumerable<string> UnauditedWrites(IEnumerable<Type> types) => types
        .Where(
            type => type is { IsAbstract: true, IsSealed: true }
                && type.GetNestedType("Request", BindingFlags.NonPublic | BindingFlags.Public) is { } request
                && !typeof(ICommand).IsAssignableFrom(request))
        .SelectMany(slice => SqlRules.StatementsOf(slice.GetNestedTypes(BindingFlags.NonPublic | BindingFlags.Public).Append(slice)))
        .Where(statement => SqlText.Writes(statement.Sql))
        .Select(statement => $"{statement.Place} writes, and its request is no command");
}
