namespace Hoop.ServiceAccounts.Issuers;

/// <summary>GET /api/issuers/{id}.</summary>
internal static class GetIssuer
{
    public static void Map(RouteGroupBuilder issuers) => issuers
        .MapGet("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(Guid Id) : IQuery<IssuerView>;

    internal sealed class Handler(IssuerFinder finder) : IRequestHandler<Request, Result<IssuerView>>
    {
        public async Task<Result<IssuerView>> Handle(Request request, CancellationToken cancellationToken) =>
            finder.Configured?.Id == request.Id ? finder.ConfiguredView!
            : await finder.Find(request.Id, cancellationToken) is { } row ? finder.ViewOf(row)
            : IssuerErrors.NotFound;
    }
}
