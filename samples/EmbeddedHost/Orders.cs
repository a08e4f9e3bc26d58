using Hoop.Identity.Contracts;
using Hoop.Shared.Callers;
using Hoop.Spiffe.Contracts;
using MediatR;

namespace OrderTracking;

/// <summary>The host's own subject. What it wants to know of the modules it asks by their contracts.</summary>
internal static class Orders
{
    private static readonly Order[] All = [new(1001, "packed", "scanner-north"), new(1002, "on its way", "scanner-south")];

    public static void Map(WebApplication app)
    {
        app.MapGet("/", () => "order tracking").AllowAnonymous();
        app.MapGet("/orders/{number:int}", Get).RequireAuthorization();
    }

    /// <summary>GET /orders/{number}. Where the order is, and whether the scanner that it was last seen by is connected.</summary>
    private static async Task<IResult> Get(int number, ICaller caller, ISender sender, CancellationToken cancellationToken)
    {
        if (All.FirstOrDefault(order => order.Number == number) is not { } order)
        {
            return Results.NotFound();
        }

        var organization = await sender.Send(new GetOrganization(caller.OrgId), cancellationToken);
        var scanner = await sender.Send(new FindAgent(caller.OrgId, order.Scanner), cancellationToken);
        var cloudAccess = await sender.Send(new IsFeatureEnabled(caller.OrgId, "experimental.iam_federation"), cancellationToken);
        return Results.Ok(
            new Answer(order.Number, order.State, organization?.Name, order.Scanner, scanner is not null, scanner?.Connected ?? false,
                cloudAccess));
    }

    private sealed record Order(int Number, string State, string Scanner);

    private sealed record Answer(
        int Number, string State, string? Organization, string Scanner, bool ScannerIsKnown, bool ScannerIsConnected, bool CloudAccess);
}
