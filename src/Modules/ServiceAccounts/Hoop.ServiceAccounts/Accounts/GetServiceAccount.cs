using Microsoft.AspNetCore.Mvc;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>
/// GET /api/serviceaccounts/{subject}. A subject may hold slashes; one that cannot stand in a path is found with GET
/// /api/serviceaccounts?subject=.
/// </summary>
internal static class GetServiceAccount
{
    public static void Map(RouteGroupBuilder accounts) => accounts
        .MapGet(Routes.ByPath, async (string subject, [FromQuery] string? issuer, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(new AccountAddress(subject, issuer)), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(AccountAddress Address) : IQuery<ServiceAccount>;

    internal sealed class Handler(AccountFinder accounts) : IRequestHandler<Request, Result<ServiceAccount>>
    {
        public Task<Result<ServiceAccount>> Handle(Request request, CancellationToken cancellationToken) =>
            accounts.Find(request.Address, cancellationToken);
    }
}
