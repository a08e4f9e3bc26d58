using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// Asks the policies of a token about the request. The path is the one that the route spells, with the names of the request in it: routing
/// takes its own words in any case, and a rule must not be passed by another spelling.
/// </summary>
internal sealed class PathAccess(CallerAcl acls) : IPathAccess
{
    public async ValueTask<bool> Allows(HttpContext context, Caller caller)
    {
        if (context.GetEndpoint() is not RouteEndpoint endpoint || PathOf(endpoint, context.Request.RouteValues) is not { } path)
        {
            return false;
        }

        var acl = await acls.Of(caller, context.RequestAborted);
        var operation = await OperationOf(context, endpoint, caller);
        var answer = acl.Ask(path, operation == "list");
        var folded = AsciiCase.Fold(path);
        if (!answer.Grants(RequestPath.Needs(operation)!.Value)
            || (RequestPath.NeedsSudo(path) && !answer.Grants(Capabilities.Sudo))
            || (folded != path && acl.Ask(folded, operation == "list").Capabilities.HasFlag(Capabilities.Deny)))
        {
            return false;
        }

        if (answer.Rule is { } rule)
        {
            context.Features.Set<IFieldRules>(rule.Parameters);
        }

        return true;
    }

    /// <summary>Behind <c>/v1/</c>.</summary>
    private static string? PathOf(RouteEndpoint endpoint, RouteValueDictionary values)
    {
        var segments = endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart parameter => values[parameter.Name] as string,
            _ => null,
        })));
        return RequestPath.Of("/" + string.Join('/', segments));
    }

    private static async ValueTask<string> OperationOf(HttpContext context, RouteEndpoint endpoint, Caller caller) =>
        context.Request.Method.ToUpperInvariant() switch
        {
            "LIST" => "list",
            "GET" or "HEAD" => GoBool.TryParse(context.Request.Query["list"].ToString(), out var list) && list ? "list" : "read",
            "DELETE" => "delete",
            _ => endpoint.Metadata.GetMetadata<CreatesOrUpdates>() is { } both && !await both.Exists(context, caller) ? "create" : "update",
        };
}

/// <summary>Of a route where policies tell making a thing from changing it.</summary>
internal sealed record CreatesOrUpdates(Func<HttpContext, Caller, Task<bool>> Exists);
