using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Federation;

/// <summary><c>hoop admin federation delete CONNECTION</c>: DELETE /api/connections/{nameOrId}/federation.</summary>
internal static class DeleteFederation
{
    public static Command Command()
    {
        var connection = FederationCommand.Connection();
        return new Verb("delete", "Remove the federation policy and its credentials; the connection stays") { connection }.With("""
            hoop admin federation delete my-bq
            """).For("DELETE /api/connections/{nameOrId}/federation").Does(async call =>
        {
            var name = call.Value(connection)!;
            var answer = await call.Api.Do(hoop => hoop.Federation.DeletePolicy(Api.Name(name), call.Stop));
            if (call.Json)
            {
                call.Done(answer, "federation", name, "deleted");
            }
            else
            {
                call.Line($"federation removed for connection \"{name}\"");
            }
        });
    }
}
