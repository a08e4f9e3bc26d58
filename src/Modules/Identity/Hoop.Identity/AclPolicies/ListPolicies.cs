using Hoop.Identity.Vault;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// LIST (or GET with list=true) /v1/sys/policies/acl, and GET or LIST /v1/sys/policy. The names, sorted, <c>root</c> last as in Vault.
/// </summary>
internal static class ListPolicies
{
    public static void Map(RouteGroupBuilder sys)
    {
        sys.MapVaultList(
            "/policies/acl",
            "ListAclPolicies",
            Policies.Auditor,
            async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToVault(names => new Response(names), warnings: null));
        sys.MapVaultReadOrList(
            "/policy",
            "ListAclPoliciesOld",
            Policies.Auditor,
            async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToVault(names => new Old(names, names), warnings: null).OnTop());
    }

    internal sealed record Request : IQuery<IReadOnlyList<string>>;

    internal sealed record Response(IReadOnlyList<string> Keys);

    /// <param name="Policies">The keys again, by their old name.</param>
    internal sealed record Old(IReadOnlyList<string> Keys, IReadOnlyList<string> Policies);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<string>>>
    {
        private const string ListSql = """
            SELECT name
            FROM identity.acl_policies
            WHERE org_id = @OrgId
            """;

        public async Task<Result<IReadOnlyList<string>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var stored = await db.Of(caller.OrgId).List<string>(ListSql, args: null, cancellationToken);
            return Result.Of<IReadOnlyList<string>>(
                [.. stored.Append(DefaultPolicy.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), Acl.Root]);
        }
    }
}
