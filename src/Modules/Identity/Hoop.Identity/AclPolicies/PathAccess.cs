using Hoop.Identity.AccessRules;
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
        if (!Grants(answer, path, operation))
        {
            return false;
        }

        // The handler may know the thing by a plainer spelling: both must be granted, and the rules of the plain one count.
        var plain = Plain(path);
        if (plain != path)
        {
            answer = acl.Ask(plain, operation == "list");
            if (!Grants(answer, plain, operation))
            {
                return false;
            }
        }

        if (answer.Rule is { } rule)
        {
            context.Features.Set<IFieldRules>(rule.Parameters);
        }

        return true;
    }

    private static bool Grants(AclAnswer answer, string path, string operation) =>
        answer.Grants(RequestPath.Needs(operation)!.Value) && (!RequestPath.NeedsSudo(path) || answer.Grants(Capabilities.Sudo));

    // Names are folded and trimmed, paths of mounts lose surplus slashes. The slash at the end of a list stays: it says that it is one.
    private static string Plain(string path)
    {
        var segments = AsciiCase.Fold(path).Split('/').Select(segment => segment.Trim()).Where(segment => segment.Length > 0);
        return string.Join('/', segments) + (path.EndsWith('/') ? "/" : "");
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
            "GET" or "HEAD" => VaultRoutes.WantsList(context.Request) is true ? "list" : "read",
            "DELETE" => "delete",
            _ => endpoint.Metadata.GetMetadata<CreatesOrUpdates>() is { } both && !await both.Exists(context, caller) ? "create" : "update",
        };
}

/// <summary>Of a route where policies tell making a thing from changing it.</summary>
internal sealed record CreatesOrUpdates(Func<HttpContext, Caller, Task<bool>> Exists);
