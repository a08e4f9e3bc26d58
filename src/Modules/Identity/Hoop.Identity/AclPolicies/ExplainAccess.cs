using Hoop.Identity.AccessRules;
using Hoop.Identity.Contracts;
using Hoop.Identity.Vault;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// POST|PUT /v1/sys/policies/explain. Which rule decides about an operation at a path, and which ones match and do not: for the policies
/// that are named, for those of an entity and its groups, or for the caller's own. Not of Vault.
/// </summary>
internal static class ExplainAccess
{
    public static readonly VaultFields Fields =
    [
        VaultField.Text("path", "As the API spells it behind /v1/, or with that."),
        VaultField.Text("operation", "create, read, update, delete, list, patch or sudo; read when it is left out."),
        VaultField.List("policies", "The policies to ask; without them those of entity_id, or the caller's own."),
        VaultField.Text("entity_id", "The entity that fills templates; without policies also whose policies, with those of its groups."),
    ];

    public static void Map(RouteGroupBuilder sys) => sys
        .MapVaultWrite(
            "/policies/explain",
            "ExplainAccess",
            Policies.Auditor,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(
                    PathOf(body.Text("path")),
                    body.Text("operation") is { Length: > 0 } operation ? operation : "read",
                    body.List("policies") is { IsSupplied: true, Value: { } names } ? [.. names.Select(AclPolicy.NameOf)] : null,
                    body.Text("entity_id"));
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                return result.ToVault(answer => answer, body.Warnings);
            })
        .WithBody("""{ "path": "identity/entity", "operation": "read", "policies": ["default"] }""");

    // People paste what they called. No path of a policy begins with v1/, which stands before all of them.
    private static string PathOf(string text)
    {
        var path = text.TrimStart('/');
        return path.StartsWith("v1/", StringComparison.Ordinal) ? path[3..].TrimStart('/') : path;
    }

    internal sealed record Request(string Path, string Operation, string[]? Names, string EntityId) : IQuery<Response>;

    /// <param name="Allowed">What a token with these policies would be answered at this path.</param>
    /// <param name="Reason">In words: which rule decided, or that none matches.</param>
    /// <param name="Rule">The rule that decides; null when none matches, or for root.</param>
    /// <param name="Others">Rules that match the path as well and lose, the nearest first.</param>
    internal sealed record Response(
        string Path, string Operation, bool Allowed, string[] Capabilities, string Reason, Decided? Rule, IReadOnlyList<Decided> Others);

    /// <param name="Sources">Where the rule stands.</param>
    internal sealed record Decided(string Path, string[] Capabilities, IReadOnlyList<Source> Sources);

    internal sealed record Source(string Policy, int Line);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Path).NotEmpty().WithMessage("path must be supplied");
            RuleFor(request => request.Operation).Must(operation => RequestPath.Needs(operation) is not null).WithMessage(
                "operation: use create, read, update, delete, list, patch or sudo");
            RuleFor(request => request.EntityId).Must(id => id.Length == 0 || VaultIdConstraint.Parse(id) is not null).WithMessage(
                "entity_id: use the id of an entity");
        }
    }

    internal sealed class Handler(ICaller caller, CallerAcl acls, AclReader reader, ISender sender)
        : IRequestHandler<Request, Result<Response>>
    {
        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            var entityId = VaultIdConstraint.Parse(request.EntityId);
            var acl = request.Names is { } names ? await reader.Of(caller.OrgId, names, entityId, cancellationToken)
                : entityId is { } id ? await Of(id, cancellationToken)
                : await acls.Of(caller.Current!, cancellationToken);
            if (acl is null)
            {
                const string Gone = "the entity is absent, disabled or expired, and may do nothing";
                var nothing = Acl.None.Ask(request.Path, isList: false).Names;
                return new Response(request.Path, request.Operation, Allowed: false, nothing, Gone, Rule: null, Others: []);
            }

            var isList = request.Operation == "list";
            var answer = acl.Ask(request.Path, isList);
            var allowed = answer.Grants(RequestPath.Needs(request.Operation)!.Value)
                && (!RequestPath.NeedsSudo(request.Path) || answer.Grants(Capabilities.Sudo));
            var matching = acl.Matching(request.Path, isList).Select(Shown).ToArray();
            return new Response(
                request.Path,
                request.Operation,
                allowed,
                answer.Names,
                Reason(answer, allowed, request),
                answer.Rule is null ? null : matching[0],
                answer.Rule is null ? [] : matching[1..]);
        }

        // As a token that has nothing but this entity would sign in.
        private async Task<Acl?> Of(Guid entityId, CancellationToken cancellationToken)
        {
            var who = new Authenticated(
                caller.OrgId, CallerKind.VaultToken, Alias.OfToken(Guid.Empty), DisplayName: "", Groups: [], ExpiresAt: null)
            {
                Token = new TokenFacts([], entityId),
            };
            var let = await sender.Send(new Admit(who), cancellationToken);
            return let.Accepted ? await acls.Of(let.Proven, cancellationToken) : null;
        }

        private static string Reason(AclAnswer answer, bool allowed, Request request) => answer switch
        {
            { IsRoot: true } => "root may do everything",
            { Rule: null } => "no rule matches the path, and what is not granted is refused",
            { Rule.NeedsWrapping: true } => $"\"{answer.Rule.Pattern.Text}\" wants a wrapped answer, and this gateway wraps none",
            { Rule: var rule } when rule.Capabilities.HasFlag(Capabilities.Deny) => $"\"{rule.Pattern.Text}\" denies",
            { Rule: var rule } when allowed => $"\"{rule.Pattern.Text}\" grants {request.Operation}",
            { Rule: var rule } when answer.Grants(RequestPath.Needs(request.Operation)!.Value) =>
                $"the path wants sudo, and \"{rule.Pattern.Text}\" does not grant it",
            { Rule: var rule } => $"\"{rule.Pattern.Text}\" decides, and does not grant {request.Operation}",
        };

        private static Decided Shown(MergedRule rule) => new(
            rule.Pattern.Text, CapabilityNames.Of(rule.Capabilities), [.. rule.Rules.Select(one => new Source(one.Policy, one.Line))]);
    }
}
