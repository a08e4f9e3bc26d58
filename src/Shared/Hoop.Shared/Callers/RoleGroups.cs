using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.Shared.Callers;

/// <summary>The groups that give a role: <c>HOOP_ADMIN_GROUP</c> and <c>HOOP_AUDITOR_GROUP</c>.</summary>
public sealed record RoleGroups(string Admin, string Auditor)
{
    public static RoleGroups From(IConfiguration configuration)
    {
        var groups = new RoleGroups(
            configuration.Text("HOOP_ADMIN_GROUP") ?? "admin", configuration.Text("HOOP_AUDITOR_GROUP") ?? "auditor");
        return groups.Admin != groups.Auditor
            ? groups
            : throw new ConfigurationException(
                "HOOP_AUDITOR_GROUP", "must differ from HOOP_ADMIN_GROUP, or every auditor would be an admin");
    }

    /// <summary>Compared byte for byte: <c>Admin</c> is not <c>admin</c>.</summary>
    public Role RoleOf(IReadOnlyList<string> groups)
    {
        var role = Role.Standard;
        for (var i = 0; i < groups.Count; i++)
        {
            if (string.Equals(groups[i], Admin, StringComparison.Ordinal))
            {
                return Role.Admin;
            }

            if (string.Equals(groups[i], Auditor, StringComparison.Ordinal))
            {
                role = Role.Auditor;
            }
        }

        return role;
    }
}
