using Hoop.Federation.Minting;
using Hoop.Federation.Principals;

namespace Hoop.Federation.Providers.OidcToken;

/// <summary>
/// <c>oidc_token</c>: an identity token of the gateway about the user, for one stated audience. For anything that trusts OIDC: AWS web
/// identity, Entra's federated credentials, Google's workload identity federation, model APIs. The policy says in which file or
/// variable a session finds it. Nobody is asked, so nothing is kept.
/// </summary>
internal sealed class OidcTokenProvider(IGatewayTokens tokens) : IProvider
{
    private const string DefaultFileVariable = "HOOP_IDENTITY_TOKEN_FILE";
    private const int MaxAudience = 1024;

    public string Name => "oidc_token";

    public IReadOnlyList<string> ExtraKeys { get; } = ["audience", "token_variable", "token_file_variable", "allowed_email_domains"];

    public bool TakesCredentials => false;

    public string? Problem(ExtraConfig extra, TimeSpan lifetime) =>
        string.IsNullOrEmpty(extra.Text("audience")) ? "extra_config.audience is required for oidc_token federation: who shall take the token"
        : extra.Text("audience")!.Length > MaxAudience ? $"extra_config.audience: at most {MaxAudience} characters"
        : ProblemOfVariable(extra, "token_variable") ?? ProblemOfVariable(extra, "token_file_variable");

    public string? Problem(PrincipalTemplate template, ExtraConfig extra) =>
        (template.Before + template.After) is var fixedPart && fixedPart.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? "must be printable ASCII without blanks: it becomes the token's sub"
            : null;

    public Result<Principal> PrincipalOf(string rendered, PrincipalTemplate? template, ExtraConfig extra) =>
        GatewaySubject.OfUser(rendered) is var subject && rendered.Length > 0 && GatewaySubject.IsLegal(subject)
            ? new Principal(subject)
            : Error.Invalid(
                $"principal \"{Hoop.Shared.Text.Printable.Line(rendered, 320)}\" cannot be the sub of a token: 1 to 250 printable ASCII characters",
                "principal_invalid");

    public bool IsOwned(PrincipalTemplate template) => true;

    public Error? Problem(ReadOnlyMemory<byte> credentials) => null;

    public IEnumerable<string> Warnings(PrincipalTemplate template, ExtraConfig extra) => [];

    public async Task<Result<Issued>> Issue(IssueOrder order, CancellationToken cancellationToken) =>
        (await tokens.Mint(order.OrgId, order.Principal.Name, order.Extra.Text("audience")!, order.Lifetime, cancellationToken))
            .Select(token =>
            {
                var variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
                {
                    ["HOOP_FEDERATED_PRINCIPAL"] = token.Subject,
                    ["HOOP_IDENTITY_TOKEN_EXPIRES_AT"] = Rfc3339.Of(token.ExpiresAt),
                };
                if (order.Extra.Text("token_variable") is { Length: > 0 } variable)
                {
                    variables[variable] = token.Value;
                }

                var files = new Dictionary<string, string>(StringComparer.Ordinal) { [FileVariable(order.Extra)] = token.Value };
                return new Issued(token.Issuer, token.ExpiresAt, variables)
                {
                    Files = files,
                    Renewed = files,
                    Secrets = [token.Value],
                    Identity = token,
                };
            });

    public bool IsAboutPrincipal(string code) => false;

    public bool Supersedes(string name, string value, Issued issued) =>
        issued.Variables.ContainsKey(name) || issued.Files.ContainsKey(name);

    public void Drop(Guid orgId, Guid connectionId)
    {
        // Nothing is kept.
    }

    private static string FileVariable(ExtraConfig extra) =>
        extra.Text("token_file_variable") is { Length: > 0 } name ? name : DefaultFileVariable;

    // PATH and the like are the agent's own; LD_ loads code.
    private static string? ProblemOfVariable(ExtraConfig extra, string key) =>
        !extra.Has(key) ? null
        : extra.Text(key) is { Length: > 0 and <= 128 } name
            && name.All(character => char.IsAsciiLetterUpper(character) || char.IsAsciiDigit(character) || character == '_')
            && !char.IsAsciiDigit(name[0])
            && name is not ("PATH" or "HOME")
            && !name.StartsWith("LD_", StringComparison.Ordinal)
                ? null
                : $"extra_config.{key}: must be the name of a variable: upper-case letters, digits and underscores, and none that steers the agent";
}
