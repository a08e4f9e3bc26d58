using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Federation;

/// <summary><c>hoop admin federation delete CONNECTION</c>: DELETE /api/connections/{nameOrId}/federation.</summary>
internal static class DeleteFederation
{
    public static Command Command()
    {
        var connection = FederationCommand.Connection();
        return new Verb("delete", "Remove the federation policy and its credentials; the connection stays") { connection }.Does(async call =>
        {
            var answer = await call.Api.Delete(FederationCommand.PathOf(call.Value(connection)!), call.Stop);
            if (call.Json)
            {
                call.Raw(answer.Text);
            }
            else
            {
                call.Line($"federation removed for connection \"{call.Value(connection)}\"");
            }
        });
    }
}
