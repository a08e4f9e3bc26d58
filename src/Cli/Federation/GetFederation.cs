using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Federation;

/// <summary><c>hoop admin federation get CONNECTION</c>: GET /api/connections/{nameOrId}/federation.</summary>
internal static class GetFederation
{
    public static Command Command()
    {
        var connection = FederationCommand.Connection();
        return new Verb("get", "Show the federation policy of a connection") { connection }.With("""
            hoop admin federation get my-bq
            """).Does(async call =>
        {
            var answer = await call.Api.Get(FederationCommand.PathOf(call.Value(connection)!), call.Stop);
            if (call.Json)
            {
                call.Raw(answer.Text);
            }
            else
            {
                PolicyLines.Write(call, call.Value(connection)!, answer.Object);
            }
        });
    }
}
