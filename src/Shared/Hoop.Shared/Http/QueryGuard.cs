using Hoop.Shared.Results;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Hoop.Shared.Http;

/// <summary>
/// Refuses query parameters that a call does not know, with the nearest one that it does: a mistyped filter must not answer with
/// everything. One that is there twice is refused as well, because its values would be read as one text that nobody meant; no call takes
/// several. What a call knows is what its handler reads. Vault's dialect ignores all this, as Vault does.
/// </summary>
public static class QueryGuard
{
    /// <summary>Goes after routing and authorization: whoever may not call learns nothing about the call.</summary>
    public static IApplicationBuilder UseHoopQueryGuard(this IApplicationBuilder app) => app.Use((context, next) =>
        context.Request.QueryString.HasValue && context.Request.Query.Count > 0
            && context.GetEndpoint() is RouteEndpoint endpoint && Problem(context, endpoint) is { } error
            ? Surface.Write(context, error)
            : next(context));

    private static Error? Problem(HttpContext context, RouteEndpoint endpoint)
    {
        // Open routes are for probes and browsers, which add parameters of their own.
        if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
            || (endpoint.Metadata.GetMetadata<Surface>() is { } surface && surface != Surface.Api))
        {
            return null;
        }

        // Only routes of minimal handlers say what they read; a hub or a document does not.
        var parameters = endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>();
        if (endpoint.Metadata.GetMetadata<IProducesResponseTypeMetadata>() is null)
        {
            return null;
        }

        var known = parameters.Select(parameter => NameInQuery(endpoint, parameter)).OfType<string>().ToList();
        foreach (var (name, values) in context.Request.Query)
        {
            if (known.Find(one => one.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } parameter)
            {
                return Error.Invalid($"{Printable(name)}: {Advice(name, known)}", "unknown_parameter");
            }

            if (values.Count > 1)
            {
                return Error.Malformed($"{parameter}: is there {values.Count} times; send it once", "repeated_parameter");
            }
        }

        return null;
    }

    private static string? NameInQuery(RouteEndpoint endpoint, IParameterBindingMetadata parameter)
    {
        var attributes = parameter.ParameterInfo.GetCustomAttributes(inherit: true);
        if (attributes.OfType<IFromQueryMetadata>().FirstOrDefault() is { } query)
        {
            return query.Name ?? parameter.Name;
        }

        var isText = parameter.ParameterInfo.ParameterType == typeof(string) || parameter.HasTryParse;
        return isText && endpoint.RoutePattern.GetParameter(parameter.Name) is null && !attributes.OfType<IFromBodyMetadata>().Any()
            ? parameter.Name
            : null;
    }

    private static string Advice(string name, List<string> known)
    {
        if (known.Count == 0)
        {
            return "this call takes no query parameters";
        }

        if (known.Where(candidate => candidate.StartsWith(name + "_", StringComparison.Ordinal)).ToList() is { Count: > 0 } longer)
        {
            return $"unknown query parameter; did you mean {string.Join(" or ", longer)}?";
        }

        return NearestName.Of(name, known) is { } nearest
            ? $"unknown query parameter; did you mean {nearest}?"
            : $"unknown query parameter; this call takes {string.Join(", ", known.Order(StringComparer.Ordinal))}";
    }

    private static string Printable(string name) =>
        string.Concat(name.Take(40).Select(character => character is > ' ' and <= '~' ? character : '?'));
}
