using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Federation;

/// <summary>The <c>connection</c> of a dry run: what GET /api/connections/{nameOrId} says about where and how the probe runs.</summary>
internal static class ProbeTarget
{
    private const string FileSecret = "filesystem:";

    /// <summary>By its <c>name</c> the gateway opens the secrets itself: their values never come here.</summary>
    public static async Task<TestFederationTarget> Of(Call call, string name, string script)
    {
        var connection = (await call.Api.Do(hoop => hoop.Connections.Get(Api.Name(name), "names", call.Stop))).Object;
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

        return new TestFederationTarget(agent, command, script, Name: name);
    }
}
