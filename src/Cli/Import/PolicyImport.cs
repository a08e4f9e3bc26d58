using System.Text.Json.Nodes;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Import;

/// <summary>
/// ACL policies. What they say of accessors and of ids of groups in their templates is written as the gateway calls these. A dry run has
/// the gateway read each of them, and tells with line and column what it would refuse.
/// </summary>
/// <param name="names">Accessors and ids of groups: by the Vault's, the gateway's.</param>
internal sealed class PolicyImport(
    VaultSource vault, StoreWriter gateway, ImportReport report, IReadOnlyDictionary<string, string> names, bool dryRun)
{
    public async Task One(string name, CancellationToken stop)
    {
        var path = $"sys/policies/acl/{Paths.Escape(name)}";
        if ((await vault.Read(path, stop))?.Text("policy") is not { } text)
        {
            return;
        }

        text = InOurNames(text, names);
        var known = (await gateway.Read(path, stop))?.Text("policy");
        if (known == text)
        {
            report.Count("policy", Became.Unchanged);
            return;
        }

        var body = new JsonObject { ["policy"] = text };
        var stored = await gateway.Write(dryRun ? "sys/policies/check" : path, body, stop);
        var problem = stored.Problem ?? (dryRun ? stored.Data?.Text("problem") : null);
        if (problem is not null)
        {
            report.Refuse("policy", name, problem);
            return;
        }

        foreach (var warning in dryRun ? stored.Data?.Texts("warnings") ?? [] : stored.Warnings)
        {
            report.Warn("policy", name, warning);
        }

        report.Count("policy", known is null ? Became.Created : Became.Updated);
    }

    /// <summary>Accessors and ids are looked for where templates name them, and nowhere else.</summary>
    public static string InOurNames(string text, IReadOnlyDictionary<string, string> names)
    {
        foreach (var before in new[] { "identity.entity.aliases.", "identity.groups.ids." })
        {
            var parts = text.Split(before);
            for (var i = 1; i < parts.Length; i++)
            {
                if (parts[i].IndexOf('.', StringComparison.Ordinal) is > 0 and var end && names.TryGetValue(parts[i][..end], out var ours))
                {
                    parts[i] = ours + parts[i][end..];
                }
            }

            text = string.Join(before, parts);
        }

        return text;
    }
}
