using Hoop.Identity.Mounts;

namespace Hoop.Identity.Logins;

/// <summary>A mount that signs in, with its settings.</summary>
/// <param name="SignIn">The mount as a verified name's alias has it.</param>
/// <param name="Tuning">JSON of a <see cref="MountConfig"/>.</param>
/// <param name="ConfigId">Null while nothing is configured, and of type spiffe.</param>
internal sealed record LoginMount(
    string Accessor, string Path, string Type, string SignIn, string Tuning, Guid? ConfigId, string? Settings, DateTime? UpdatedAt)
{
    /// <summary>Tokens of an issuer that the mount's settings name.</summary>
    public const string Jwt = "jwt";

    /// <summary>JWT-SVIDs of the organization's trust domains; there is nothing to set.</summary>
    public const string Spiffe = "spiffe";

    public bool IsSpiffe => Type == Spiffe;

    public LoginConfig? Config => Settings is null ? null : LoginConfig.FromStored(Settings);

    /// <summary>Without the slash at its end.</summary>
    public string Name => Path.TrimEnd('/');
}

/// <summary>Finds the mounts of an organization that sign in.</summary>
internal sealed class LoginMounts(Db db)
{
    private const string FindSql = $"""
        SELECT mount.accessor, mount.path, mount.type, mount.sign_in, mount.config::text AS tuning, held.id AS config_id,
               held.settings::text AS settings, held.updated_at
        FROM identity.mounts AS mount
        LEFT JOIN identity.login_configs AS held ON held.org_id = @OrgId AND held.accessor = mount.accessor
        WHERE mount.org_id = @OrgId AND mount.path = @Path AND NOT mount.builtin
          AND mount.type IN ('{LoginMount.Jwt}', '{LoginMount.Spiffe}')
        """;

    private const string FindRoleSql = """
        SELECT settings::text
        FROM identity.login_roles
        WHERE org_id = @OrgId AND accessor = @Accessor AND name = @Name
        """;

    public async Task<LoginMount?> Find(Guid orgId, string name, CancellationToken cancellationToken) =>
        MountPath.Of(name) is { } path
            ? await db.Of(orgId).Find<LoginMount>(FindSql, new { Path = path }, cancellationToken)
            : null;

    public async Task<LoginRole?> FindRole(Guid orgId, string accessor, string name, CancellationToken cancellationToken) =>
        await db.Of(orgId).Find<string>(FindRoleSql, new { Accessor = accessor, Name = name }, cancellationToken) is { } settings
            ? LoginRole.FromStored(name, settings)
            : null;

    public async Task<bool> HasRole(Guid orgId, string mount, string name, CancellationToken cancellationToken) =>
        await Find(orgId, mount, cancellationToken) is { } found
        && await FindRole(orgId, found.Accessor, name, cancellationToken) is not null;

    /// <summary>In Vault's words.</summary>
    public static Error None(string mount, string below) => Error.NotFound(
        $"no handler for route \"auth/{MountErrors.Shown(mount)}/{below}\". route entry not found.", "no_mount");
}
