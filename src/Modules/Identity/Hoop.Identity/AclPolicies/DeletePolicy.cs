using Hoop.Identity.AccessRules;
using Hoop.Identity.Vault;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// DELETE /v1/sys/policies/acl/{name} and /v1/sys/policy/{name}. Whoever has it loses what it grants with the next request, on every
/// gateway. An absent one is no mistake; <c>root</c> and <c>default</c> stay.
/// </summary>
internal static class DeletePolicy
{
    public static void Map(RouteGroupBuilder sys)
    {
        sys.MapVaultDelete("/policies/acl/{**name:minlength(1)}", "DeleteAclPolicy", Policies.Admin, Handle);
        sys.MapVaultDelete("/policy/{**name:minlength(1)}", "DeleteAclPolicyOld", Policies.Admin, Handle);
    }

    private static async Task<VaultAnswer<object>> Handle(string name, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(AclPolicy.NameOf(name)), cancellationToken)).ToVaultNothing(_ => null);

    internal sealed record Request(string Name) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("acl_policy", AuditAction.Delete, Name)
        {
            Fields = new AuditFields { { "deleted", value.Count } },
        };
    }

    /// <param name="Count">Zero when there was none.</param>
    internal sealed record Deleted(int Count);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Name)
            .Must(name => name is not (Acl.Root or DefaultPolicy.Name)).WithMessage(request => $"cannot delete \"{request.Name}\" policy");
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string DeleteSql = """
            DELETE FROM identity.acl_policies
            WHERE org_id = @OrgId AND name = @Name
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.AnnouncePolicies(caller.OrgId);
            return new Deleted(await db.Of(caller.OrgId).Execute(DeleteSql, new { request.Name }, cancellationToken));
        }
    }
}
