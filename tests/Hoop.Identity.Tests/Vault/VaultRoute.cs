using Hoop.Shared.Http;
using Hoop.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.Tests.Vault;

/// <summary>A route below <c>/v1</c>, as the running gateway has it: a new one is covered by itself.</summary>
/// <param name="Path">With values for its parts.</param>
/// <param name="Fields">Null for a route that reads no body.</param>
internal sealed record VaultRoute(string Pattern, string Path, IReadOnlyList<string> Methods, VaultFields? Fields, bool IsOpen)
{
    public const string Absent = "01a201e3-7b2c-7108-861b-b0ff1ee12e18";

    public static IReadOnlyList<VaultRoute> All(TestGateway gateway) =>
    [
        .. gateway.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText?.TrimStart('/').StartsWith("v1/", StringComparison.Ordinal) == true)
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is not null)
            .Where(endpoint => !IsCatchAll(endpoint.RoutePattern))
            .Select(endpoint => new VaultRoute(
                endpoint.RoutePattern.RawText!,
                Fill(endpoint.RoutePattern),
                endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods,
                endpoint.Metadata.GetMetadata<VaultFields>(),
                endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)),
    ];

    public override string ToString() => $"{string.Join('|', Methods)} {Pattern}";

    // What answers for paths that are not served.
    private static bool IsCatchAll(RoutePattern pattern) =>
        pattern.PathSegments is [_, { Parts: [RoutePatternParameterPart { IsCatchAll: true }] }];

    private static string Fill(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(
        segment => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart { Name: "id" or "org_id" } => Absent,
            _ => "generated",
        }))));
}
