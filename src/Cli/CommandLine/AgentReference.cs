using Hoop.Cli.Gateway;

namespace Hoop.Cli.CommandLine;

/// <summary>An agent as people name it.</summary>
internal static class AgentReference
{
    /// <summary>The id; a name is looked up.</summary>
    /// <exception cref="CliFailure">There is no such agent.</exception>
    public static async Task<string> IdOf(Call call, string idOrName)
    {
        if (Guid.TryParseExact(idOrName, "D", out _))
        {
            return idOrName;
        }

        return (await call.Api.Find(hoop => hoop.Agents.Get(Api.Name(idOrName), call.Stop)))?.Object.Text("id")
            ?? throw new CliFailure(
                $"there is no agent \"{idOrName}\"; see hoop admin get agents, or create it: hoop admin create agent {idOrName}");
    }
}
