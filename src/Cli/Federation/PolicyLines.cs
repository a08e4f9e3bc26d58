using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Federation;

/// <summary>A policy for people.</summary>
internal static class PolicyLines
{
    public static void Write(Call call, string connection, JsonElement policy) => call.Labels(
        ("Connection", connection),
        ("Hook Source", policy.Text("hook_source")),
        ("Provider", policy.Text("builtin_provider")),
        ("Identity Source", policy.Text("identity_source_attribute")),
        ("Identity Template", policy.Text("identity_target_template")),
        ("Fallback Policy", policy.Text("fallback_policy")),
        ("Readonly Principal", policy.Text("readonly_principal")),
        ("Token TTL Seconds", policy.Text("token_ttl_seconds")),
        ("Has Admin Credentials", policy.IsTrue("has_admin_credentials") ? "yes" : "no"),
        ("Extra Config", string.Join(", ", policy.Members("extra_config").Select(member => $"{member.Name}={member.Value.AsText()}"))),
        ("Created At", policy.Text("created_at")),
        ("Updated At", policy.Text("updated_at")));
}
