using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Federation;

/// <summary>The <c>connection</c> of a dry run: what GET /api/connections/{nameOrId} says about where and how the probe runs.</summary>
internal static class ProbeTarget
{
    private const string FileSecret = "filesystem:";

    /// <summary>By its <c>name</c> the gateway opens the secrets itself: their values never come here.</summary>
    public static async Task<JsonObject> Of(Call call, string name, string script)
    {
        var connection = (await call.Api.Get($"/api/connections/{Api.Segment(name)}?secrets=names", call.Stop)).Object;
        if (connection.Text("agent_id") is not { Length: > 0 } agent)
        {
            throw new CliFailure($"connection \"{name}\" has no agent_id");
        }

        if (connection.Texts("command") is not { Count: > 0 } command)
        {
            throw new CliFailure($"connection \"{name}\" has an empty command");
        }

        var skipped = connection.Members("secret")
            .Where(secret => secret.Name.StartsWith(FileSecret, StringComparison.Ordinal))
            .Select(secret => secret.Name[FileSecret.Length..])
            .ToList();
        if (skipped.Count > 0)
        {
            call.Note($"skipping filesystem-typed secrets, for which the probe has no files: {string.Join(", ", skipped)}");
        }

        return new JsonObject
        {
            ["name"] = name,
            ["agent_id"] = agent,
            ["type"] = connection.Text("type") ?? "",
            ["subtype"] = connection.Text("subtype") ?? "",
            ["command"] = new JsonArray([.. command.Select(item => JsonValue.Create(item))]),
            ["test_script"] = script,
        };
    }
}
