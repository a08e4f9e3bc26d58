using Hoop.Identity.TokenKeys;
using Hoop.Shared;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.IdentityTokens;

/// <summary>
/// GET /v1/identity/oidc/.well-known/keys, and below the issuer of each organization. The public keys, also those that do not sign yet
/// and those that do not sign any more, for everybody.
/// </summary>
internal static class GetKeySet
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(
                "/v1/identity/oidc/.well-known/keys",
                (HttpContext context, ISender sender, CancellationToken cancellationToken) =>
                    Answer(DefaultOrganization.Id, context, sender, cancellationToken))
            .AllowAnonymous().WithName("GetDefaultKeySet").Produces<KeySet>().Produces<VaultErrorBody>(StatusCodes.Status400BadRequest);
        routes.MapGet(
                "/v1/{org_id:uuid}/identity/oidc/.well-known/keys",
                (Guid org_id, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
                    Answer(org_id, context, sender, cancellationToken))
            .AllowAnonymous().WithName("GetKeySet").Produces<KeySet>().Produces<VaultErrorBody>(StatusCodes.Status404NotFound);
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

    /// <summary>RFC 7517 section 5; the keys have <c>use</c>, <c>kty</c>, <c>kid</c>, <c>alg</c> and their numbers.</summary>
    internal sealed record KeySet(IReadOnlyList<IReadOnlyDictionary<string, string>> Keys);

    internal sealed class Handler(
        PublishedKeys published, IServiceProvider services, TimeProvider clock) : IRequestHandler<Request, Result<Published>>
    {
        public async Task<Result<Published>> Handle(Request request, CancellationToken cancellationToken) =>
            await published.Of(request.OrgId, services, cancellationToken) is { } keys
                ? Published.Of(keys.KeySet, keys, clock.GetUtcNow())
                : Error.NotFound();
    }
}
