using System.CommandLine;
using System.Net;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Agents;

/// <summary>
/// <c>hoop admin delete agent NAME [--cascade]</c>: DELETE /api/agents/{nameOrId}. The call is idempotent, a person is not: a name that
/// no agent has is an error here, and what names the agent is shown before and after.
/// </summary>
internal static class DeleteAgent
{
    public static Command Command()
    {
        var name = ResourceList.Name("agent name", description: "Name or id of the agent");
        var cascade = new Option<bool>("--cascade") { Description = "Delete the mappings and connections that name the agent, too" };
        return new Verb("agent", "Delete an agent; its connection is closed", "agents") { name, cascade }.With("""
            hoop admin delete agent/web
            hoop admin delete agent web --cascade
            """).Showing(Formats.Named).For("DELETE /api/agents/{nameOrId}").Does(async call =>
        {
            var agent = call.Value(name)!;
            _ = await call.Api.Find(hoop => hoop.Agents.Get(Api.Name(agent), call.Stop)) ?? throw ResourceList.Missing("agent", agent);
            var answer = await call.Api.Try(hoop => hoop.Agents.Delete(agent, call.Value(cascade) ? true : null, call.Stop));
            if (answer.Status == HttpStatusCode.Conflict && answer.Object.Text("code") == "agent_in_use")
            {
                throw new CliFailure(
                    $"agent \"{agent}\" is still named by {Listed(answer, "used_by")}. "
                    + $"Delete them with it: hoop admin delete agent {agent} --cascade");
            }

            call.Done(answer.OrFail(), "agent", agent, "deleted");
            if (!call.Json && !answer.IsEmpty)
            {
                foreach (var gone in Items(answer, "deleted_with_it"))
                {
                    call.Line($"{gone} deleted");
                }
            }
        });
    }

    private static string Listed(Answer answer, string member) => string.Join(", ", Items(answer, member));

    private static IEnumerable<string> Items(Answer answer, string member) =>
        answer.Object.TryGetProperty(member, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray().Select(item => $"{item.Text("type")?.Replace('_', '-')} \"{item.Text("name")}\"")
            : [];
}
