using System.Text.Json;
using Hoop.Identity.TokenKeys;
using Hoop.Shared;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.IdentityTokens;

/// <summary>
/// GET /v1/identity/oidc/.well-known/openid-configuration, and below the issuer of each organization. How its tokens are verified, for
/// everybody.
/// </summary>
internal static class GetDiscovery
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(
                "/v1/identity/oidc/.well-known/openid-configuration",
                (HttpContext context, ISender sender, CancellationToken cancellationToken) =>
                    Answer(DefaultOrganization.Id, context, sender, cancellationToken))
            .AllowAnonymous().WithName("GetDefaultDiscovery").Produces<Document>().Produces<VaultErrorBody>(StatusCodes.Status400BadRequest);
        routes.MapGet(
                "/v1/{org_id:uuid}/identity/oidc/.well-known/openid-configuration",
                (Guid org_id, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
                    Answer(org_id, context, sender, cancellationToken))
            .AllowAnonymous().WithName("GetDiscovery").Produces<Document>().Produces<VaultErrorBody>(StatusCodes.Status404NotFound);
    }

    private static async Task<PublishedDocument> Answer(
        Guid orgId, HttpContext context, ISender sender, CancellationToken cancellationToken) => PublishedDocument.Of(
            PublishedRoutes.NamesNamespace(context)
                ? PublishedRoutes.NoNamespace
                : await sender.Send(new Request(orgId), cancellationToken));

    internal sealed record Request(Guid OrgId) : IQuery<Published>, IAnonymous
    {
        public static string Reason => "verifiers of tokens are nobody's callers";
    }

    /// <summary>OpenID Connect Discovery 1.0 section 3, as far as tokens are concerned that nobody signs in for.</summary>
    internal sealed record Document(
        string Issuer,
        string JwksUri,
        IReadOnlyList<string> IdTokenSigningAlgValuesSupported,
        IReadOnlyList<string> ResponseTypesSupported,
        IReadOnlyList<string> SubjectTypesSupported);

    internal sealed class Handler(PublishedKeys published, IServiceProvider services) : IRequestHandler<Request, Result<Published>>
    {
        private const int MaxAge = 3600;

        private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

        public async Task<Result<Published>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await published.Of(request.OrgId, services, cancellationToken) is not { Issuer: var issuer })
            {
                return Error.NotFound();
            }

            var document = new Document(issuer, issuer + "/.well-known/keys", KeyMaterial.Algorithms, ["id_token"], ["public"]);
            return new Published(JsonSerializer.SerializeToUtf8Bytes(document, Json), MaxAge);
        }
    }
}
