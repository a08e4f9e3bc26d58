using Hoop.Identity.AccessRules;
using Hoop.Identity.Vault;

namespace Hoop.Identity.AclPolicies;

/// <summary>POST|PUT /v1/sys/capabilities-self. What the caller may do at each of the paths; <c>root</c> or <c>deny</c> alone.</summary>
internal static class GetCapabilities
{
    public static readonly VaultFields Fields =
    [
        VaultField.List("paths", "As the API spells them behind /v1/."),
        VaultField.List("path", "The old name of paths.") with { OldNameOf = "paths" },
    ];

    public static void Map(RouteGroupBuilder sys) => sys
        .MapVaultWrite("/capabilities-self", "GetCapabilities", Policies.Authenticated, Fields, Handle)
        .WithBody("""{ "paths": ["identity/entity", "sys/auth"] }""");

    private static async Task<VaultAnswer<Dictionary<string, string[]>>> Handle(
        VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var request = new Request(PathsOf(body));
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.ToVault(capabilities => capabilities, body.Warnings).OnTop();
    }

    /// <summary>The field by its new name or by its old one.</summary>
    public static string[] PathsOf(VaultBody body)
    {
        var (paths, path) = (body.List("paths"), body.List("path"));
        return (paths.Value is { Length: > 0 } ? paths.Value : path.Value) ?? [];
    }

    internal sealed record Request(string[] Paths) : IQuery<Dictionary<string, string[]>>;

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Paths)
            .NotEmpty().WithMessage("paths must be supplied")
            .Must(paths => paths.Length <= 100).WithMessage("paths: at most 100");
    }

    internal sealed class Handler(ICaller caller, CallerAcl acls) : IRequestHandler<Request, Result<Dictionary<string, string[]>>>
    {
        public async Task<Result<Dictionary<string, string[]>>> Handle(Request request, CancellationToken cancellationToken) =>
            Of(await acls.Of(caller.Current!, cancellationToken), request.Paths);
    }

    /// <summary>By path; of one path also under <c>capabilities</c>, as old clients read it.</summary>
    public static Dictionary<string, string[]> Of(Acl acl, string[] paths)
    {
        var all = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            all[path] = acl.Ask(path.TrimStart('/'), isList: path.EndsWith('/')).Names;
        }

        if (all.Count == 1)
        {
            all["capabilities"] = all.Values.Single();
        }

        return all;
    }
}
