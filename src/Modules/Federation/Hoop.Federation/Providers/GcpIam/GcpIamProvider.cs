using Hoop.Federation.Minting;
using Hoop.Federation.Principals;

namespace Hoop.Federation.Providers.GcpIam;

/// <summary><c>gcp_iam</c>: access tokens of Google service accounts, minted by an admin account.</summary>
internal sealed class GcpIamProvider(TokenMint mint, FederationOptions options) : IProvider
{
    public const string ProviderName = "gcp_iam";

    public string Name => ProviderName;

    public IReadOnlyList<string> ExtraKeys { get; } = ["project_id", "allowed_projects", "allowed_email_domains"];

    public bool TakesCredentials => true;

    public string? Problem(ExtraConfig extra, TimeSpan lifetime) => extra switch
    {
        _ when extra.IsNumber("project_id") =>
            "extra_config.project_id: a project id is a text such as my-proj, not a number; the number of a project does not name it here",
        _ when string.IsNullOrEmpty(extra.Text("project_id")) => "extra_config.project_id is required for gcp_iam federation",
        _ when !CloudPrincipal.IsProjectId(extra.Text("project_id")!) =>
            "extra_config.project_id: must be a Google project id such as my-proj",
        _ when extra.Has("allowed_projects") && extra.List("allowed_projects")?.All(CloudPrincipal.IsProjectId) != true =>
            "extra_config.allowed_projects: must be a list of Google project ids",
        _ => null,
    };

    public string? Problem(PrincipalTemplate template, ExtraConfig extra) =>
        TemplateShape.Problem(template.Before, template.Placeholder, template.After, ProjectsOf(extra));

    public Result<Principal> PrincipalOf(string rendered, PrincipalTemplate? template, ExtraConfig extra) =>
        CloudPrincipal.Parse(rendered, ProjectsOf(extra)).Select(account => new Principal(account.Email)
        {
            Warning = account.IsShort
                ? $"the account id \"{account.Id}\" has fewer than 6 characters; Google does not create such accounts, so the real call may be refused"
                : null,
        });

    public bool IsOwned(PrincipalTemplate template) => true;

    public Error? Problem(ReadOnlyMemory<byte> credentials) => AdminCredentials.Parse(credentials, options).Error;

    public IEnumerable<string> Warnings(PrincipalTemplate template, ExtraConfig extra)
    {
        if (template.IsBare)
        {
            yield return $"identity_target_template {template.Text} is the user's own name, and service accounts are not resolved as users: no session can work. "
                + $"Write {{user.email_local}}@{CloudPrincipal.DomainOf(ProjectsOf(extra)[0])}";
        }
    }

    public async Task<Result<Issued>> Issue(IssueOrder order, CancellationToken cancellationToken)
    {
        if (!AdminCredentials.Parse(order.Credentials, options).Succeeded(out var admin, out var error)
            || !CloudPrincipal.Parse(order.Principal.Name, ProjectsOf(order.Extra)).Succeeded(out var account, out error))
        {
            return error;
        }

        // A user whose name renders to the admin account would be given the right to act as everybody.
        if (account.Email == admin.ClientEmail)
        {
            return Error.Denied(
                $"principal \"{account.Email}\" is the admin account itself; no session may act as it", "principal_is_admin");
        }

        admin = admin.Of(order.OrgId);
        var minted = order.Source is { } source
            ? await mint.Mint(source, admin, account, order.Lifetime, cancellationToken)
            : await mint.MintOnce(admin, account, order.Lifetime, cancellationToken);
        return minted.Select(token => new Issued(
            admin.ClientEmail, token.ExpiresAt, GcpVariables.Of(account, order.Extra.Text("project_id")!, token))
        {
            Renewed = new Dictionary<string, string>(StringComparer.Ordinal) { [GcpVariables.TokenFile] = token.Value },
            Secrets = [token.Value],
        });
    }

    public bool IsAboutPrincipal(string code) => GoogleRefusals.AllowsFallback(code);

    public bool Supersedes(string name, string value, Issued issued) => GcpVariables.Supersede(name, value, issued.Variables);

    public void Drop(Guid orgId, Guid connectionId) => mint.Drop(orgId, connectionId);

    /// <summary>The project and <c>extra_config.allowed_projects</c>.</summary>
    private static string[] ProjectsOf(ExtraConfig extra) => [extra.Text("project_id")!, .. extra.List("allowed_projects") ?? []];
}
