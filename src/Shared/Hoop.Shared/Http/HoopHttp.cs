using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Shared.Http;

/// <summary>
/// How bodies and paths are read and written. One reading of a body everywhere: what two readers see differently is an attack.
/// </summary>
public static class HoopHttp
{
    /// <summary>
    /// <c>{id:uuid}</c>: this part of an address is a <see cref="StrictUuid"/>. What is none is told by name (400), and is not «no
    /// route».
    /// </summary>
    public const string Uuid = "uuid";

    public static IServiceCollection AddHoopHttp(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => Configure(json.SerializerOptions));
        // Binding failures become exceptions, which the host explains member by member; without this they are an empty 400 in production.
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        services.Configure<RouteOptions>(routing => routing.SetParameterPolicy<UuidRouteConstraint>(Uuid));
        return services;
    }

    /// <summary>snake_case, exact case, repeated members refused, unknown members ignored, numbers only as numbers, depth 32.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.PropertyNameCaseInsensitive = false;
        options.AllowDuplicateProperties = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.MaxDepth = 32;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }
}

/// <summary>Marks a parameter, and keeps nothing out: the host looks at the value after it knows the caller.</summary>
internal sealed class UuidRouteConstraint : IRouteConstraint
{
    public bool Match(
        HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        values.TryGetValue(routeKey, out var value) && value is not null;
}
