using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Federation;

/// <summary>
/// <c>hoop federation</c>: one's own short-lived credentials, for the tools on this machine. Meant to be called by them, in loops and
/// without a terminal: never opens a browser.
/// </summary>
internal static class UserFederationCommand
{
    public static Command Command() => new Verb("federation", "Your own short-lived cloud credentials, for tools on this machine", "fed")
    {
        PrintToken.Command(),
        PrintConfig.Command(),
    }.With("""
        hoop federation token my-bq
        eval "$(hoop federation token my-bq --env)"
        hoop federation config my-aws --format aws >> ~/.aws/config
        """);

    public static NameArgument Connection() => ResourceList.Name("connection name", "CONNECTION", "Name or id of the connection");

    /// <summary>The formats that tools demand.</summary>
    public static Option<string?> Format(string description, bool required = false) => new("--format")
    {
        Description = description,
        HelpName = "aws|kubectl|google",
        Required = required,
        Validators =
        {
            result =>
            {
                if (result.Tokens is [{ Value: not ("aws" or "kubectl" or "google") and var format }])
                {
                    result.AddError($"--format {format}: the formats are aws, kubectl and google");
                }
            },
        },
    };

    /// <summary>POST /api/connections/{nameOrId}/federation/token.</summary>
    public static Task<Answer> Issue(Call call, string connection) =>
        call.Api.Do(hoop => hoop.Federation.IssueToken(Api.Name(connection), call.Stop));

    /// <summary>
    /// POST /api/connections/{nameOrId}/federation/subject-token: what Google's libraries exchange at the gateway, where the connection
    /// gives Google's tokens itself.
    /// </summary>
    public static async Task<JsonElement> SubjectToken(Call call, string connection) =>
        (await call.Api.Do(hoop => hoop.Federation.IssueSubjectToken(Api.Name(connection), call.Stop))).Object;

    /// <summary>The one bearer token of an answer: of Google, or the identity token.</summary>
    public static string Bearer(JsonElement issued) =>
        Variable(issued, "HOOP_GCP_ACCESS_TOKEN") ?? IdentityToken(issued) ?? throw new CliFailure(
                $"connection \"{issued.Text("connection")}\" gives no bearer token: its provider is {issued.Text("provider")}");

    public static string? IdentityToken(JsonElement issued) =>
        issued.Text("provider") == "oidc_token" ? issued.Members("files").Select(file => file.Value.AsText()).FirstOrDefault() : null;

    public static string? Variable(JsonElement issued, string name) =>
        issued.Members("variables").Where(variable => variable.Name == name).Select(variable => variable.Value.AsText()).FirstOrDefault();
}
