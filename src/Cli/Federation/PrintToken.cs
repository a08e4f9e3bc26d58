using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Federation;

/// <summary><c>hoop federation token CONNECTION</c>: fresh credentials, as JSON, as shell lines, or in the form of a tool.</summary>
internal static class PrintToken
{
    private const string KubernetesGroup = "client.authentication.k8s.io/";

    public static Command Command()
    {
        var connection = UserFederationCommand.Connection();
        var env = new Option<bool>("--env") { Description = "Print export lines for a shell" };
        var format = UserFederationCommand.Format("Print what aws (credential_process), kubectl (exec) or Google's libraries read");
        return new Verb("token", "Print fresh credentials of your own for a connection")
        {
            connection, env, format, Call.Output, Call.Timeout,
        }.With("""
            hoop federation token my-bq
            eval "$(hoop federation token my-bq --env)"
            hoop federation token my-aws --format aws
            hoop federation token my-gke --format kubectl
            """).For(
            "POST /api/connections/{nameOrId}/federation/token",
            "POST /api/connections/{nameOrId}/federation/subject-token").Does(async call =>
        {
            var tool = call.Value(format);
            if (call.Value(env) && tool is not null)
            {
                throw new CliFailure("--env and --format exclude each other");
            }

            // Told before anything is issued.
            var version = tool == "kubectl" ? KubernetesVersion(Environment.GetEnvironmentVariable("KUBERNETES_EXEC_INFO")) : "";
            var answer = await UserFederationCommand.Issue(call, call.Value(connection)!);
            foreach (var other in OtherCredentials.Winning(answer.Object.Text("provider"), tool, Environment.GetEnvironmentVariable))
            {
                call.Warning(other);
            }

            switch (tool)
            {
                case "aws":
                    call.Raw(Aws(answer.Object).ToJsonString());
                    break;
                case "kubectl":
                    call.Raw(Kubectl(answer.Object, version).ToJsonString());
                    break;
                case "google" when answer.Object.Text("provider") == "gcp_iam":
                    var subject = await UserFederationCommand.SubjectToken(call, call.Value(connection)!);
                    call.Raw(Google(subject.Text("subject_token")!, subject.Text("expires_at")!).ToJsonString());
                    break;
                case "google":
                    var identity = UserFederationCommand.IdentityToken(answer.Object) ?? throw new CliFailure(
                        "--format google needs a connection whose provider is gcp_iam or oidc_token; this one's is "
                            + answer.Object.Text("provider"));
                    call.Raw(Google(identity, answer.Object.Text("expires_at")!).ToJsonString());
                    break;
                case null when call.Value(env):
                    Export(call, answer.Object);
                    break;
                default:
                    call.Raw(answer.Text);
                    break;
            }
        });
    }

    /// <summary>What aws reads from a <c>credential_process</c>.</summary>
    private static JsonObject Aws(JsonElement issued) => new()
    {
        ["Version"] = 1,
        ["AccessKeyId"] = Demand(issued, "AWS_ACCESS_KEY_ID"),
        ["SecretAccessKey"] = Demand(issued, "AWS_SECRET_ACCESS_KEY"),
        ["SessionToken"] = Demand(issued, "AWS_SESSION_TOKEN"),
        ["Expiration"] = issued.Text("expires_at"),
    };

    private static JsonObject Kubectl(JsonElement issued, string version) => new()
    {
        ["apiVersion"] = version,
        ["kind"] = "ExecCredential",
        ["status"] = new JsonObject
        {
            ["expirationTimestamp"] = issued.Text("expires_at"),
            ["token"] = UserFederationCommand.Bearer(issued),
        },
    };

    /// <summary>
    /// The answer of an executable credential source. It carries a subject token, which the library exchanges; an access token has no
    /// place in it.
    /// </summary>
    private static JsonObject Google(string subjectToken, string expiresAt) => new()
    {
        ["version"] = 1,
        ["success"] = true,
        ["token_type"] = "urn:ietf:params:oauth:token-type:id_token",
        ["id_token"] = subjectToken,
        ["expiration_time"] = DateTimeOffset.Parse(expiresAt, CultureInfo.InvariantCulture).ToUnixTimeSeconds(),
    };

    private static void Export(Call call, JsonElement issued)
    {
        foreach (var variable in issued.Members("variables"))
        {
            Line(variable.Name, variable.Value.AsText()!);
        }

        // Names that gcloud, bq and Terraform read; in a session, the agent's side sees to that.
        if (UserFederationCommand.Variable(issued, "HOOP_GCP_ACCESS_TOKEN") is { } token)
        {
            Line("CLOUDSDK_AUTH_ACCESS_TOKEN", token);
            Line("GOOGLE_OAUTH_ACCESS_TOKEN", token);
        }

        foreach (var file in issued.Members("files"))
        {
            call.Note($"{file.Name} names a file in sessions; here its content is in: hoop federation token {issued.Text("connection")}");
        }

        // Nothing in a single-quoted word is special to a shell.
        void Line(string name, string value) =>
            call.Line($"export {name}='{value.Replace("'", "'\\''", StringComparison.Ordinal)}'");
    }

    private static string Demand(JsonElement issued, string variable) => UserFederationCommand.Variable(issued, variable)
        ?? throw new CliFailure($"--format aws needs a connection whose provider is aws_sts; this one's is {issued.Text("provider")}");

    /// <summary>kubectl wants the very version that it was configured with.</summary>
    private static string KubernetesVersion(string? execInfo)
    {
        if (string.IsNullOrEmpty(execInfo))
        {
            return KubernetesGroup + "v1";
        }

        try
        {
            return JsonElement.Parse(execInfo).Text("apiVersion") switch
            {
                KubernetesGroup + "v1" => KubernetesGroup + "v1",
                KubernetesGroup + "v1beta1" => KubernetesGroup + "v1beta1",
                _ => throw new CliFailure(
                    $"KUBERNETES_EXEC_INFO asks for another version than {KubernetesGroup}v1 and v1beta1; write v1 into the kubeconfig"),
            };
        }
        catch (JsonException)
        {
            throw new CliFailure("KUBERNETES_EXEC_INFO holds no JSON: this is to be called by kubectl");
        }
    }
}
