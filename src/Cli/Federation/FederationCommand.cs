using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Federation;

/// <summary><c>hoop admin federation</c>: short-lived cloud credentials for each user of a connection.</summary>
internal static class FederationCommand
{
    public static Command Command() => new Verb("federation", "Short-lived cloud credentials for each user of a connection", "fed")
    {
        GetFederation.Command(),
        SetFederation.Command(),
        DeleteFederation.Command(),
        TestFederation.Command(),
    }.With("""
        hoop admin federation set my-bq --file federation.yaml --credentials-file ./hoop-admin-sa.json
        hoop admin federation test --connection my-bq --user-email alice@example.com --credentials-file ./hoop-admin-sa.json
        hoop admin federation get my-bq
        """);

    public static NameArgument Connection() => ResourceList.Name("connection name", "CONNECTION", "Name or id of the connection");

    /// <exception cref="CliFailure">Both are standard input, of which there is one.</exception>
    public static void DemandOneInput(string? policy, string? credentials)
    {
        if (policy == "-" && credentials == "-")
        {
            throw new CliFailure("--file and --credentials-file cannot both be standard input; write one of them to a file");
        }
    }
}
