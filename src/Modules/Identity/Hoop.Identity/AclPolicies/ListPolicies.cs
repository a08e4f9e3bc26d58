using Hoop.Identity.AccessRules;
using Hoop.Identity.Vault;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// LIST (or GET with list=true) /v1/sys/policies/acl, and GET or LIST /v1/sys/policy. The names, sorted, <c>root</c> last as in Vault;
/// <c>after</c> and <c>limit</c> page.
/// </summary>
internal static class ListPolicies
{
    public static void Map(RouteGroupBuilder sys)
    {
        sys.MapVaultList(
            "/policies/acl",
            "ListAclPolicies",
            Policies.Auditor,
            async (string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(after, limit), cancellationToken)).ToVault(names => new Response(names), warnings: null));
        sys.MapVaultReadOrList(
            "/policy",
            "ListAclPoliciesOld",
            Policies.Auditor,
            async (string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(after, limit), cancellationToken))
                .ToVault(names => new Old(names, names), warnings: null).OnTop());
    }

    internal sealed record Request(string? After, string? Limit) : IQuery<IReadOnlyList<string>>;

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
            if (!NamePage.Read(request.After, request.Limit).Succeeded(out var page, out var error))
            {
                return error;
            }

            // The quota keeps them few.
            var stored = await db.Of(caller.OrgId).List<string>(ListSql, args: null, cancellationToken);
            var names = stored.Append(DefaultPolicy.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Where(name => string.CompareOrdinal(name, page.After) > 0);
            string[] rest = page.After == Acl.Root ? [] : [.. names, Acl.Root];
            string[] shown = page.Limit is { } limit && limit < rest.Length ? rest[..(int)limit] : rest;
            return shown.Length == 0 ? Error.NotFound() : Result.Of<IReadOnlyList<string>>(shown);
        }
    }
}
