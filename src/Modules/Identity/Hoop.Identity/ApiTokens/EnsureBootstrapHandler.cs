using Hoop.Identity.Contracts;
using Hoop.Shared;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.ApiTokens;

internal sealed class EnsureBootstrapHandler(Db db, ISender sender) : IRequestHandler<EnsureBootstrap, Bootstrap>
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

    private const string CreateTokenOnceSql = """
        INSERT INTO identity.api_tokens (id, org_id, name, token_hash, is_operator)
        VALUES (@Id, @OrgId, @Name, @Hash, true)
        ON CONFLICT (org_id, name) DO NOTHING
        """;

    public async Task<Bootstrap> Handle(EnsureBootstrap request, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Begin(cancellationToken);
        var orgId = DefaultOrganization.Id;
        await db.Of(orgId).Execute(CreateDefaultOrganizationSql, args: null, cancellationToken);

        var token = request.AdminToken is null ? SecretHash.Generate("hpk_") : new SecretText(request.AdminToken);
        var written = await db.Of(orgId).Execute(
            request.AdminToken is null ? CreateTokenOnceSql : SetTokenSql,
            new { Id = Guid.CreateVersion7(), Name = TokenName, Hash = SecretHash.Of(token.Reveal()) },
            cancellationToken);
        if (written > 0)
        {
            await sender.Send(new RecordAudit(orgId, Actor: null, new AuditEntry("api_token", AuditAction.Rotate, TokenName)), cancellationToken);
        }

        await transaction.Commit(cancellationToken);
        return new Bootstrap(request.AdminToken is null && written > 0 ? token.Reveal() : null);
    }
}
