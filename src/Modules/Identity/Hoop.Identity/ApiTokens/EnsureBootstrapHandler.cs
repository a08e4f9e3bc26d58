using Hoop.Identity.Contracts;
using Hoop.Identity.Mounts;
using Hoop.Shared;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.ApiTokens;

internal sealed class EnsureBootstrapHandler(
    Db db, ISender sender, Announcer announcer, OwnMounts mounts) : IRequestHandler<EnsureBootstrap, Bootstrap>
{
    private const string TokenName = "bootstrap-admin";

    private const string CreateDefaultOrganizationSql = """
        INSERT INTO identity.organizations (id, name)
        VALUES (@OrgId, 'default')
        ON CONFLICT (id) DO NOTHING
        """;

    private const string SetTokenSql = """
        INSERT INTO identity.api_tokens (id, org_id, name, token_hash, is_operator)
        VALUES (@Id, @OrgId, @Name, @Hash, true)
        ON CONFLICT (org_id, name) DO UPDATE SET token_hash = excluded.token_hash
        WHERE identity.api_tokens.token_hash <> excluded.token_hash
        """;

    private const string HasTokenSql = "SELECT EXISTS (SELECT FROM identity.api_tokens WHERE org_id = @OrgId AND name = @Name)";

    public async Task<Bootstrap> Handle(EnsureBootstrap request, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Begin(cancellationToken);
        var orgId = DefaultOrganization.Id;
        await db.Of(orgId).Execute(CreateDefaultOrganizationSql, args: null, cancellationToken);

        if (mounts.Path is not null)
        {
            await db.Of(orgId).Execute(OwnMounts.EnsureSql, mounts.Values, cancellationToken);
        }

        var written = request.AdminToken is { } token
            ? await db.Of(orgId).Execute(
                SetTokenSql, new { Id = RowId.Next(), Name = TokenName, Hash = SecretHash.Of(token) }, cancellationToken)
            : 0;
        if (written > 0)
        {
            await sender.Send(
                new RecordAudit(orgId, Actor: null, new AuditEntry("api_token", AuditAction.Rotate, TokenName)), cancellationToken);
        }

        var hasToken = await db.Of(orgId).Find<bool>(HasTokenSql, new { Name = TokenName }, cancellationToken);
        await transaction.Commit(cancellationToken);
        if (written > 0)
        {
            // This gateway is not running yet; the first thing it does will be to tell the others.
            announcer.AnnounceLater([new Change(ApiToken.Topic, null)]);
        }

        return new Bootstrap(hasToken);
    }
}
