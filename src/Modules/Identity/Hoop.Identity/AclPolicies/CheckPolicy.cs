using Hoop.Identity.AccessRules;
using Hoop.Identity.Vault;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// POST|PUT /v1/sys/policies/check. Reads the text of a policy and keeps nothing: what is wrong with it, with line and column, and what is
/// worth a warning. Not of Vault.
/// </summary>
internal static class CheckPolicy
{
    public static readonly VaultFields Fields = [VaultField.Text("policy", "Its text, HCL or JSON; also in base64.")];

    public static void Map(RouteGroupBuilder sys) => sys
        .MapVaultWrite(
            "/policies/check",
            "CheckPolicy",
            Policies.Auditor,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(SetPolicy.Decoded(body.Text("policy")));
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                return result.ToVault(answer => answer, body.Warnings);
            })
        .WithBody("""{ "policy": "path \"secret/*\" { capabilities = [\"read\"] }" }""");

    internal sealed record Request(string Text) : IQuery<Response>;

    /// <param name="Problem">Why the text is no policy; null when it is one.</param>
    /// <param name="Paths">How many it speaks of.</param>
    internal sealed record Response(bool Valid, string? Problem, int Paths, IReadOnlyList<string> Warnings);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() =>
            RuleFor(request => request.Text).NotEmpty().WithMessage("'policy' parameter not supplied or empty");
    }

    internal sealed class Handler : IRequestHandler<Request, Result<Response>>
    {
        public Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken) =>
            Task.FromResult<Result<Response>>(PolicyDocument.Parse("checked", request.Text, out var problem) is { } document
                ? new Response(Valid: true, Problem: null, document.Rules.Count, [.. document.Warnings()])
                : new Response(Valid: false, problem, Paths: 0, []));
    }
}
