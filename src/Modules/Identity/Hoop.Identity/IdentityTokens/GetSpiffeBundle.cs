using Hoop.Identity.TokenKeys;
using Hoop.Shared;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.IdentityTokens;

/// <summary>
/// GET /.well-known/spiffe-bundle, and below the issuer of each organization. The keys of identity tokens as a SPIFFE bundle, for whoever
/// verifies JWT-SVIDs that a role signs. Its trust domain is the one that the verifier configures for this address.
/// </summary>
internal static class GetSpiffeBundle
{
    private const string Path = "/.well-known/spiffe-bundle";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(
                Path,
                (ISender sender, CancellationToken cancellationToken) => Answer(DefaultOrganization.Id, sender, cancellationToken))
            .AllowAnonymous().WithName("GetDefaultSpiffeBundle").Produces<Bundle>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        routes.MapGet(
                "/v1/identity/oidc" + Path,
                (ISender sender, CancellationToken cancellationToken) => Answer(DefaultOrganization.Id, sender, cancellationToken))
            .AllowAnonymous().WithName("GetDefaultIssuerBundle").Produces<Bundle>().Produces<VaultErrorBody>(StatusCodes.Status404NotFound)
            .WithSurface(Surface.Vault);
        routes.MapGet(
                "/v1/{org_id:uuid}/identity/oidc" + Path,
                (Guid org_id, ISender sender, CancellationToken cancellationToken) => Answer(org_id, sender, cancellationToken))
            .AllowAnonymous().WithName("GetSpiffeBundle").Produces<Bundle>().Produces<VaultErrorBody>(StatusCodes.Status404NotFound)
            .WithSurface(Surface.Vault);
    }

    private static async Task<PublishedDocument> Answer(Guid orgId, ISender sender, CancellationToken cancellationToken) =>
        PublishedDocument.Of(await sender.Send(new Request(orgId), cancellationToken));

    internal sealed record Request(Guid OrgId) : IQuery<Published>, IAnonymous
    {
        public static string Reason => "verifiers of tokens are nobody's callers";
    }

    /// <param name="Keys">With <c>use</c> <c>jwt-svid</c>.</param>
    /// <param name="SpiffeSequence">Grows with every change of the keys.</param>
    /// <param name="SpiffeRefreshHint">In seconds.</param>
    internal sealed record Bundle(
        IReadOnlyList<IReadOnlyDictionary<string, string>> Keys, long SpiffeSequence, int SpiffeRefreshHint);

    internal sealed class Handler(
        PublishedKeys published, IServiceProvider services, TimeProvider clock) : IRequestHandler<Request, Result<Published>>
    {
        public async Task<Result<Published>> Handle(Request request, CancellationToken cancellationToken) =>
            await published.Of(request.OrgId, services, cancellationToken) is { } keys
                ? Published.Of(keys.Bundle, keys, clock.GetUtcNow())
                : Error.NotFound();
    }
}
