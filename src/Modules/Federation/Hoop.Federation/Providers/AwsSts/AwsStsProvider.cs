using System.Text.RegularExpressions;
using Hoop.Federation.Minting;
using Hoop.Federation.Principals;

namespace Hoop.Federation.Providers.AwsSts;

/// <summary>
/// <c>aws_sts</c>: the user's session of an AWS role, for an identity token of the gateway (AssumeRoleWithWebIdentity). No key of AWS is
/// stored anywhere.
/// </summary>
internal sealed partial class AwsStsProvider(IGatewayTokens tokens, AwsStsClient sts, TimeProvider clock) : IProvider
{
    private const string DefaultAudience = "sts.amazonaws.com";
    private const int Capacity = 20_000;
    private const int MinSeconds = 900;

    private static readonly TimeSpan Spare = TimeSpan.FromMinutes(5);

    /// <summary>AWS reads it within a second.</summary>
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(5);

    private static readonly string[] Ambiguous =
    [
        "AWS_CONFIG_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CREDENTIAL_EXPIRATION", "AWS_DEFAULT_PROFILE",
        "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_SECURITY_TOKEN", "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ];

    private readonly WarmTokens<(MintSource Source, string Role, string SessionName, TimeSpan Lifetime), AwsCredentials> _warm =
        new(clock, Capacity, Spare);

    public string Name => "aws_sts";

    public IReadOnlyList<string> ExtraKeys { get; } = ["region", "audience", "allowed_email_domains"];

    public bool TakesCredentials => false;

    public string? Problem(ExtraConfig extra, TimeSpan lifetime) =>
        extra.Text("region") is not { } region || !Region().IsMatch(region)
            ? "extra_config.region is required for aws_sts federation: a region such as eu-central-1"
        : extra.Has("audience") && string.IsNullOrEmpty(extra.Text("audience"))
            ? $"extra_config.audience: the audience of the identity provider in AWS; {DefaultAudience} without it"
        : lifetime.TotalSeconds < MinSeconds ? $"token_ttl_seconds: AWS gives no session shorter than {MinSeconds} seconds"
        : null;

    public string? Problem(PrincipalTemplate template, ExtraConfig extra) => AwsRole.Problem(template);

    public Result<Principal> PrincipalOf(string rendered, PrincipalTemplate? template, ExtraConfig extra) =>
        AwsRole.Parse(rendered, template);

    // One role for everybody is AWS's usual way: the name of the session tells its users apart.
    public bool IsOwned(PrincipalTemplate template) => !template.IsConstant;

    public Error? Problem(ReadOnlyMemory<byte> credentials) => null;

    public IEnumerable<string> Warnings(PrincipalTemplate template, ExtraConfig extra) => [];

    public async Task<Result<Issued>> Issue(IssueOrder order, CancellationToken cancellationToken)
    {
        var (role, name) = (order.Principal.Name, AwsSessionName.Of(order.User));
        var issued = order.Source is { } source
            ? await _warm.Get(
                (source, role, name, order.Lifetime), () => Assume(order, role, name, CancellationToken.None), cancellationToken)
            : await Assume(order, role, name, cancellationToken);
        return issued.Select(credentials => new Issued(credentials.Identity.Issuer, credentials.ExpiresAt, Variables(order, credentials))
        {
            Renewed = AwsFiles.Of(order.Extra.Text("region")!, credentials),
            Secrets = [credentials.SecretAccessKey, credentials.SessionToken],
            Identity = credentials.Identity,
        });
    }

    public bool IsAboutPrincipal(string code) => code == AwsRefusals.PrincipalDenied;

    public bool Supersedes(string name, string value, Issued issued) => Ambiguous.Contains(name);

    public void Drop(Guid orgId, Guid connectionId) =>
        _warm.Drop(key => key.Source.OrgId == orgId && key.Source.ConnectionId == connectionId);

    private async Task<Result<AwsCredentials>> Assume(IssueOrder order, string role, string name, CancellationToken cancellationToken)
    {
        var audience = order.Extra.Text("audience") ?? DefaultAudience;
        var subject = GatewaySubject.OfUser(order.User.Key);
        if (!GatewaySubject.IsLegal(subject))
        {
            return Error.Invalid(
                "identity mapping failed: the user's subject cannot be the sub of a token: 1 to 250 printable ASCII characters",
                "identity_mapping_failed");
        }

        return (await tokens.Mint(order.OrgId, subject, audience, TokenLifetime, cancellationToken)).Succeeded(out var token, out var error)
            ? await sts.Assume(order.Extra.Text("region")!, role, name, token, order.Lifetime, cancellationToken)
            : error;
    }

    private static SortedDictionary<string, string> Variables(IssueOrder order, AwsCredentials credentials) => new(StringComparer.Ordinal)
    {
        ["AWS_ACCESS_KEY_ID"] = credentials.AccessKeyId,
        ["AWS_DEFAULT_REGION"] = order.Extra.Text("region")!,
        ["AWS_REGION"] = order.Extra.Text("region")!,
        ["AWS_SECRET_ACCESS_KEY"] = credentials.SecretAccessKey,
        ["AWS_SESSION_TOKEN"] = credentials.SessionToken,
        ["HOOP_AWS_CREDENTIALS_EXPIRE_AT"] = Rfc3339.Of(credentials.ExpiresAt),
        ["HOOP_FEDERATED_PRINCIPAL"] = credentials.AssumedRole,
    };

    [GeneratedRegex("^[a-z]{2}(-[a-z]{2,12}){1,3}-[0-9]{1,2}\\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Region();
}
