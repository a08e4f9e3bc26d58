using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Federation;

/// <summary><c>hoop admin federation get CONNECTION</c>: GET /api/connections/{nameOrId}/federation.</summary>
internal static class GetFederation
{
    public static Command Command()
    {
        var connection = FederationCommand.Connection();
        return new Verb("get", "Show the federation policy of a connection") { connection }.With("""
            hoop admin federation get my-bq
            """).For("GET /api/connections/{nameOrId}/federation").Does(async call =>
        {
            var answer = await call.Api.Do(hoop => hoop.Federation.GetPolicy(Api.Name(call.Value(connection)!), call.Stop));
            if (call.Json)
            {
                call.Raw(answer.Text);
            }
            else
            {
                PolicyLines.Write(call, call.Value(connection)!, answer.Object);
                call.Warnings(answer.Object);
                foreach (var conflict in answer.Object.Member("principal_conflicts") is { ValueKind: JsonValueKind.Array } conflicts
                    ? conflicts.EnumerateArray().ToArray()
                    : [])
                {
                    call.Warning(
                        $"{conflict.Text("refused")} was refused: {conflict.Text("principal")} belongs to {conflict.Text("owner")}");
                }
            }
        });
    }
}
