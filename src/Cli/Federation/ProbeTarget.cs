using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Federation;

/// <summary>The <c>connection</c> of a dry run: what GET /api/connections/{nameOrId} says about where and how the probe runs.</summary>
internal static class ProbeTarget
{
    /// <summary>Its <c>name</c> is an extension: a gateway that knows it reports also which stored secrets a session would not get.</summary>
    public static async Task<JsonObject> Of(Call call, string name, string script)
    {
        var connection = (await call.Api.Get($"/api/connections/{Api.Segment(name)}", call.Stop)).Object;
        if (connection.Text("agent_id") is not { Length: > 0 } agent)
        {
            throw new CliFailure($"connection \"{name}\" has no agent_id");
        }

        if (connection.Texts("command") is not { Count: > 0 } command)
        {
            throw new CliFailure($"connection \"{name}\" has an empty command");
        }

        var envs = new JsonObject();
        var skipped = new List<string>();
        foreach (var secret in connection.Members("secret").Where(secret => secret.Value.ValueKind == JsonValueKind.String))
        {
            if (secret.Name.StartsWith("envvar:", StringComparison.Ordinal))
            {
                envs[secret.Name["envvar:".Length..]] = Plain(secret.Value.GetString()!);
            }
            else if (secret.Name.StartsWith("filesystem:", StringComparison.Ordinal))
            {
                skipped.Add(secret.Name["filesystem:".Length..]);
            }
        }

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
            ["envs"] = envs,
        };
    }

    /// <summary>Base64 of the value; a reference to a secret manager begins with <c>_</c> and stays.</summary>
    private static string Plain(string value)
    {
        if (value.StartsWith('_'))
        {
            return value;
        }

        var bytes = new byte[value.Length];
        return Convert.TryFromBase64String(value, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : value;
    }
}
