using Hoop.Shared;
using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Hoop.Host.Errors;

/// <summary>
/// Names the part of an address that must be a UUID and is none (<c>{id:uuid}</c>). Left to routing it would be «no route», which reads
/// as if client and gateway were of two versions. Runs after authorization: strangers are told to sign in first.
/// </summary>
internal sealed class PathIds(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is RouteEndpoint endpoint)
        {
            var parameters = endpoint.RoutePattern.Parameters;
            for (var i = 0; i < parameters.Count; i++)
            {
                var parameter = parameters[i];
                if (MustBeUuid(parameter)
                    && !StrictUuid.TryParse(context.Request.RouteValues[parameter.Name] as string, out _))
                {
                    return Surface.Write(context, Refusal(parameter.Name));
                }
            }
        }

        return next(context);
    }

    private static bool MustBeUuid(RoutePatternParameterPart parameter)
    {
        var policies = parameter.ParameterPolicies;
        for (var i = 0; i < policies.Count; i++)
        {
            if (policies[i].Content == HoopHttp.Uuid)
            {
                return true;
            }
        }

        return false;
    }

    private static Error Refusal(string name)
    {
        const string Problem = "must be a UUID such as 3c90c3cc-0d44-4b50-8888-8dd25736052a";
        return Error.Malformed($"{name}: {Problem}") with
        {
            Fields = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = Problem }
        };
    }
}
