namespace Hoop.Spiffe.TrustDomains;

/// <summary>GET /api/trust-domains/{id}. One trust domain, with the state of its bundle.</summary>
internal static class GetTrustDomain
{
    public static void Map(RouteGroupBuilder trustDomains) => trustDomains
        .MapGet("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(Guid Id) : IQuery<TrustDomainView>;

    internal sealed class Handler(TrustDomainFinder finder) : IRequestHandler<Request, Result<TrustDomainView>>
    {
        public async Task<Result<TrustDomainView>> Handle(Request request, CancellationToken cancellationToken) =>
            await finder.Find(request.Id, cancellationToken) is { } found ? found : TrustDomainErrors.NotFound;
    }
}
