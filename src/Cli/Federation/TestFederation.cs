using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Federation;

/// <summary>
/// <c>hoop admin federation test</c>: POST /api/federation/test. Tries a policy for one user end to end and keeps nothing. Exit code 0
/// only when the probe succeeded, with <c>-o json</c> too.
/// </summary>
internal static class TestFederation
{
    public static Command Command()
    {
        var connection = new Option<string>("--connection")
        {
            Description = "Name or id of the connection",
            HelpName = "CONNECTION",
            Required = true,
        };
        var email = new Option<string>("--user-email") { Description = "Address of the user to try", HelpName = "EMAIL", Required = true };
        var credentials = new Option<string>("--credentials-file")
        {
            Description = "Key of the admin service account; - is standard input",
            HelpName = "FILE",
            Required = true,
        };
        var userId = new Option<string?>("--user-id")
        {
            Description = "Id of the user; otherwise one made from the address",
            HelpName = "ID",
        };
        var file = new Option<string?>("--file")
        {
            Description = "Policy to try, as YAML; otherwise the one of the connection",
            HelpName = "FILE",
        };
        var script = new Option<string>("--test-script")
        {
            Description = "What the probe sends to the command",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "SELECT 1",
        };

        return new Verb("test", "Try a policy end to end, without keeping anything")
        {
            connection, email, credentials, userId, file, script,
        }.With("""
            hoop admin federation test --connection my-bq --user-email alice@example.com --credentials-file ./hoop-admin-sa.json
            hoop admin federation test --connection my-bq --user-email alice@example.com --credentials-file ./hoop-admin-sa.json \
              --file draft.yaml --test-script "SELECT COUNT(*) FROM analytics.events"
            """).For("POST /api/federation/test").Does(async call =>
        {
            var (name, address) = (call.Value(connection)!, call.Value(email)!);
            FederationCommand.DemandOneInput(call.Value(file), call.Value(credentials));
            var config = call.Value(file) is { } draft ? PolicyFile.Read(draft) : await Persisted(call, name);
            var body = new TestFederationRequest(
                address,
                config.As(HoopJson.Default.PolicyBody) with
                {
                    AdminCredentialsJson = InputFile.Text("--credentials-file", call.Value(credentials)!),
                },
                await ProbeTarget.Of(call, name, call.Value(script)!),
                call.Value(userId) is { Length: > 0 } id ? id : null);
            var answer = await call.Api.Do(hoop => hoop.Federation.Test(body, call.Stop));
            var result = answer.Object;
            if (call.Json)
            {
                call.Raw(answer.Text);
            }
            else
            {
                Write(call, name, result);
            }

            call.Warnings(result);
            return result.IsTrue("success") && result.Text("probe_status") == "success" ? 0 : 1;
        });
    }

    /// <summary>The stored policy without what only the server says.</summary>
    private static async Task<JsonObject> Persisted(Call call, string connection)
    {
        var answer = await call.Api.Try(hoop => hoop.Federation.GetPolicy(Api.Name(connection), call.Stop));
        if (answer.Status == System.Net.HttpStatusCode.NotFound)
        {
            throw new CliFailure(
                $"failed loading the federation policy of connection \"{connection}\": {Gateway.Refusal.MessageOf(answer)}. Try a policy of "
                    + "your own with --file");
        }

        return JsonObject.Create(answer.OrFail().Object)!;
    }

    private static void Write(Call call, string connection, JsonElement result)
    {
        call.Labels(
            ("Connection", connection),
            ("Status", result.IsTrue("success") ? "SUCCESS" : "FAILED"),
            ("Resolved Principal", result.Text("resolved_principal")),
            ("Admin Principal", result.Text("admin_principal")),
            ("Token Expires At", result.Text("token_expires_at")),
            ("Injected Env Var Keys", Sorted("env_var_keys")),
            ("Superseded Static Envs", Sorted("superseded_env_vars")),
            ("Probe Status", result.Text("probe_status")));
        if (result.Text("error") is { Length: > 0 } error)
        {
            call.Labels(("Error", error));
        }

        if (result.Text("probe_output") is { Length: > 0 } output)
        {
            call.Line();
            call.Line("Probe Output:");
            call.Block(output);
        }

        string Sorted(string member) => string.Join(", ", result.Texts(member).Order(StringComparer.Ordinal));
    }
}
