using Hoop.Shared.Text;

namespace Hoop.Federation.Principals;

/// <summary>
/// DELETE /api/federation/principals/{principal}. The account belongs to nobody; the next user whom a policy resolves to it owns it.
/// </summary>
internal static class ReleasePrincipal
{
    public static void Map(RouteGroupBuilder federation) => federation
        .MapDelete("/principals/{principal}", async (string principal, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(principal), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(string Principal) : ICommand<PrincipalOwner>
    {
        public AuditEntry Audit(PrincipalOwner value) => new("federation_principal", AuditAction.Delete, Principal)
        {
            Fields = new AuditFields { { "owner", value.UserEmail }, { "owner_id", value.UserSubject } },
        };
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Principal)
            .Must(principal => principal.Length <= 320 && Printable.Is(principal))
            .WithMessage("principal: must be an account such as alice@my-proj.iam.gserviceaccount.com");
    }

    internal sealed class Handler(PrincipalOwners owners, ICaller caller) : IRequestHandler<Request, Result<PrincipalOwner>>
    {
        private static readonly Error NotOwned = Error.NotFound("nobody owns this principal", "principal_not_owned");

        public async Task<Result<PrincipalOwner>> Handle(Request request, CancellationToken cancellationToken) =>
            await owners.Release(caller.OrgId, request.Principal, cancellationToken) is { } released ? released : NotOwned;
    }
}
