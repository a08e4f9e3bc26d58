using Hoop.Identity.AccessRules;
using Hoop.Identity.Vault;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// GET /v1/sys/policies/acl/{name} and /v1/sys/policy/{name}. One policy with its text as it was written; <c>root</c> has none.
/// </summary>
internal static class GetPolicy
{
    public static void Map(RouteGroupBuilder sys)
    {
        sys.MapVaultRead(
            "/policies/acl/{**name:minlength(1)}",
            "GetAclPolicy",
            Policies.Auditor,
            async (string name, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(AclPolicy.NameOf(name)), cancellationToken)).ToVault());
        sys.MapVaultRead(
            "/policy/{**name:minlength(1)}",
            "GetAclPolicyOld",
            Policies.Auditor,
            async (string name, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(AclPolicy.NameOf(name)), cancellationToken))
                .ToVault(policy => new Old(policy.Name, policy.Policy), warnings: null).OnTop());
    }

    internal sealed record Request(string Name) : IQuery<Response>;

    /// <param name="Policy">Its text.</param>
    internal sealed record Response(string Name, string Policy);

    /// <param name="Rules">Its text, by its old name.</param>
    internal sealed record Old(string Name, string Rules);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Response>>
    {
        private const string GetSql = """
            SELECT name, policy
            FROM identity.acl_policies
            WHERE org_id = @OrgId AND name = @Name
            """;

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken) =>
            request.Name == Acl.Root ? new Response(Acl.Root, "")
            : await db.Of(caller.OrgId).Find<Response>(GetSql, new { request.Name }, cancellationToken) is { } stored ? stored
            : request.Name == DefaultPolicy.Name ? new Response(DefaultPolicy.Name, DefaultPolicy.Text)
            : AclPolicy.NotFound;
    }
}
