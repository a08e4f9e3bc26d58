using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Federation;

/// <summary>
/// <c>hoop admin federation set CONNECTION</c>: PUT /api/connections/{nameOrId}/federation. Stored credentials stay without
/// <c>--credentials-file</c>.
/// </summary>
internal static class SetFederation
{
    public static Command Command()
    {
        var connection = FederationCommand.Connection();
        var file = new Option<string>("--file") { Description = "The policy, as YAML", HelpName = "FILE", Required = true };
        var credentials = new Option<string?>("--credentials-file")
        {
            Description = "Key of the admin service account; - is standard input. Without it the stored one stays",
            HelpName = "FILE",
        };

        var revision = new Option<string?>("--revision")
        {
            Description = "Only if the policy is still this revision, as get -o json shows it",
            HelpName = "ID",
            Validators =
            {
                result =>
                {
                    if (result.Tokens is [{ Value: var text }] && !Guid.TryParseExact(text, "D", out _))
                    {
                        result.AddError($"--revision {text}: write the revision that hoop admin federation get -o json shows");
                    }
                },
            },
        };

        return new Verb("set", "Create or update the federation policy of a connection")
        {
            connection, file, credentials, revision,
        }.With("""
            hoop admin federation set my-bq --file federation.yaml --credentials-file ./hoop-admin-sa.json
            hoop admin federation set my-bq --file federation.yaml
            """).For("PUT /api/connections/{nameOrId}/federation").Does(async call =>
        {
            var name = call.Value(connection)!;
            FederationCommand.DemandOneInput(call.Value(file), call.Value(credentials));
            var body = PolicyFile.Read(call.Value(file)!).As(HoopJson.Default.PolicyBody) with
            {
                AdminCredentialsJson = call.Value(credentials) is { } path ? InputFile.Text("--credentials-file", path) : null,
            };
            var answer = await call.Api.Do(hoop => hoop.Federation.SetPolicy(Api.Name(name), body, call.Value(revision), call.Stop));
            if (call.Json)
            {
                call.Done(answer, "federation", name, "configured");
                return;
            }

            call.Line($"federation configured for connection \"{name}\"");
            call.Line();
            if (answer.IsEmpty)
            {
                call.Line("(empty response)");
                return;
            }

            PolicyLines.Write(call, name, answer.Object);
            call.Warnings(answer.Object);
            if (answer.Object.Text("builtin_provider") == "gcp_iam" && !answer.Object.IsTrue("has_admin_credentials"))
            {
                call.Note("no admin credentials are stored yet, so no session can get a token; run set again with --credentials-file");
            }
        });
    }
}
