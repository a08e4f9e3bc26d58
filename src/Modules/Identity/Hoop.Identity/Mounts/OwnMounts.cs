using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.Identity.Mounts;

/// <summary>
/// The people of the configured identity provider, as a mount of the organization that it belongs to. The other sources of the gateway
/// are rows of a migration.
/// </summary>
/// <param name="Issuer">Of <c>HOOP_OIDC_ISSUER</c>; null without one.</param>
internal sealed record OwnMounts(string? Issuer)
{
    /// <summary>Makes it present, once for each issuer that was ever configured.</summary>
    public const string EnsureSql = """
        INSERT INTO identity.mounts (accessor, org_id, path, type, description, builtin, sign_in)
        VALUES ('auth_oidc_' || left(md5(@OrgId::text || @SignIn), 8), @OrgId, @Path, 'oidc', @Description, true, @SignIn)
        ON CONFLICT DO NOTHING
        """;

    public static OwnMounts From(IConfiguration configuration) => new(configuration.Text("HOOP_OIDC_ISSUER"));

    /// <summary>The issuer without its scheme: a path holds no empty part.</summary>
    public string? Path => Issuer is null ? null : MountPath.Of("oidc/" + Issuer.Split("://", 2)[^1]);

    public object Values => new { Path, Description = $"people of {Issuer}", SignIn = $"auth/oidc/{Issuer}#" };
}
