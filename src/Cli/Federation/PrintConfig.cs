using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Federation;

/// <summary><c>hoop federation config CONNECTION</c>: the file that lets a tool call <c>hoop federation token</c> by itself.</summary>
internal static class PrintConfig
{
    private const string GoogleSts = "https://sts.googleapis.com/v1/token";

    public static Command Command()
    {
        var connection = UserFederationCommand.Connection();
        var format = UserFederationCommand.Format("For whom; without it, whom the connection's provider is for");
        var command = new Option<string>("--command")
        {
            Description = "How the tool starts this program",
            HelpName = "PATH",
            DefaultValueFactory = _ => "hoop",
        };
        var account = new Option<string?>("--service-account")
        {
            Description = "google: the account that the library shall impersonate",
            HelpName = "EMAIL",
        };
        var tokenUrl = new Option<string?>("--token-url")
        {
            Description = $"google: where the subject token is exchanged; the gateway for gcp_iam, {GoogleSts} for oidc_token",
            HelpName = "URL",
        };
        var server = new Option<string?>("--server") { Description = "kubectl: address of the cluster", HelpName = "URL" };
        var authority = new Option<string?>("--certificate-authority")
        {
            Description = "kubectl: file of the cluster's CA",
            HelpName = "FILE",
        };
        var api = new Option<string>("--exec-api")
        {
            Description = "kubectl: version of its API for such programs; v1beta1 for kubectl before 1.22",
            HelpName = "v1|v1beta1",
            DefaultValueFactory = _ => "v1",
            Validators =
            {
                result =>
                {
                    if (result.Tokens is [{ Value: not ("v1" or "v1beta1") and var version }])
                    {
                        result.AddError($"--exec-api {version}: the versions are v1 and v1beta1");
                    }
                },
            },
        };
        return new Verb("config", "Print the file that lets a tool fetch fresh credentials by itself")
        {
            connection, format, command, account, tokenUrl, server, authority, api, Call.Output, Call.Timeout,
        }.With("""
            hoop federation config my-gcp > google.json
            hoop federation config my-aws >> ~/.aws/config
            hoop federation config my-gke --format kubectl --server https://203.0.113.7 --certificate-authority ca.pem > kubeconfig
            """).Does(async call =>
        {
            var issued = (await UserFederationCommand.Issue(call, call.Value(connection)!)).Object;
            var name = issued.Text("connection")!;
            var program = call.Value(command)!;
            switch (call.Value(format) ?? (issued.Text("provider") == "aws_sts" ? "aws" : "google"))
            {
                case "aws":
                    call.Block($"""
                        [profile {name}]
                        region = {UserFederationCommand.Variable(issued, "AWS_REGION") ?? throw NotFor("aws", "aws_sts", issued)}
                        credential_process = {program} federation token {name} --format aws
                        """);
                    break;
                case "kubectl":
                    var address = UserFederationCommand.Bearer(issued).Length > 0 ? call.Value(server) : null;
                    call.Raw(Kubeconfig(name, program, address, call.Value(authority), call.Value(api)!));
                    break;
                default:
                    call.Raw(Google(
                        await Exchange(call, issued, call.Value(tokenUrl)), name, program, ForPool(issued, call.Value(account))));
                    break;
            }
        });
    }

    /// <summary>
    /// Of <c>oidc_token</c> Google's STS takes the gateway's identity token; of <c>gcp_iam</c> the gateway itself gives the token, so
    /// that nobody needs a pool at Google.
    /// </summary>
    private static async Task<(string Audience, string TokenUrl)> Exchange(Call call, JsonElement issued, string? tokenUrl)
    {
        if (issued.Text("provider") == "gcp_iam")
        {
            var subject = await UserFederationCommand.SubjectToken(call, issued.Text("connection")!);
            return (subject.Text("audience")!, tokenUrl ?? subject.Text("token_url")!);
        }

        return issued.Text("provider") == "oidc_token" && issued.TryGetProperty("identity_token", out var token)
            ? (token.Text("audience")!, tokenUrl ?? GoogleSts)
            : throw NotFor("google", "gcp_iam or oidc_token", issued);
    }

    private static string? ForPool(JsonElement issued, string? account) => account is null || issued.Text("provider") == "oidc_token"
        ? account
        : throw new CliFailure("--service-account is for oidc_token; with gcp_iam the policy says which account it is");

    private static string Google((string Audience, string TokenUrl) exchange, string name, string program, string? account)
    {
        var file = new JsonObject
        {
            ["type"] = "external_account",
            ["audience"] = exchange.Audience,
            ["subject_token_type"] = "urn:ietf:params:oauth:token-type:id_token",
            ["token_url"] = exchange.TokenUrl,
            ["credential_source"] = new JsonObject
            {
                ["executable"] = new JsonObject
                {
                    ["command"] = $"{program} federation token {name} --format google",
                    ["timeout_millis"] = 30000,
                },
            },
        };
        if (account is not null)
        {
            file["service_account_impersonation_url"] =
                $"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{Uri.EscapeDataString(Api.Name(account))}:generateAccessToken";
        }

        return file.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    // JSON is YAML, and kubectl reads it.
    private static string Kubeconfig(string name, string program, string? server, string? authority, string api)
    {
        var exec = new JsonObject
        {
            ["apiVersion"] = $"client.authentication.k8s.io/{api}",
            ["command"] = program,
            ["args"] = new JsonArray("federation", "token", name, "--format", "kubectl"),
            ["interactiveMode"] = "Never",
        };
        var cluster = new JsonObject
        {
            ["server"] = server ?? throw new CliFailure("--format kubectl needs --server URL, the address of the cluster"),
        };
        if (authority is not null)
        {
            cluster["certificate-authority"] = Path.GetFullPath(authority);
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Config",
            ["clusters"] = new JsonArray(new JsonObject { ["name"] = name, ["cluster"] = cluster }),
            ["contexts"] = new JsonArray(new JsonObject
            {
                ["name"] = name,
                ["context"] = new JsonObject { ["cluster"] = name, ["user"] = name },
            }),
            ["current-context"] = name,
            ["users"] = new JsonArray(new JsonObject
            {
                ["name"] = name,
                ["user"] = new JsonObject { ["exec"] = exec },
            }),
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static CliFailure NotFor(string format, string provider, JsonElement issued) => new(
        $"--format {format} needs a connection whose provider is {provider}; this one's is {issued.Text("provider")}");
}
