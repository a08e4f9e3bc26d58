using System.CommandLine;

namespace Hoop.Cli.CommandLine;

/// <summary>
/// Words that people bring from other tools (hoop's own client, kubectl, vault, gcloud), and what does here what they want.
/// </summary>
internal static class OtherTools
{
    private const string ListHint = "list with: hoop admin get TYPE";
    private const string DeleteHint = "delete with: hoop admin delete TYPE NAME";
    private const string ChangeHint = "change with: hoop admin update TYPE NAME, or hoop admin create TYPE NAME ... --overwrite";
    private const string SecretHint =
        "every process of this machine can read an argument: put the token into a file and name it with --token-file, or set HOOP_TOKEN";
    private const string PolicyHint = "policies of connections are under: hoop admin federation";
    private const string NoQuestionHint = "nothing asks for a confirmation, so leave it away";

    private static readonly Dictionary<(string Command, string Word), string> Hints = new()
    {
        [("hoop", "--json")] = "did you mean -o json?",
        [("hoop", "--yes")] = NoQuestionHint,
        [("hoop", "-y")] = NoQuestionHint,
        [("hoop", "--force")] = NoQuestionHint,
        [("hoop", "-f")] = NoQuestionHint,
        [("hoop", "list")] = ListHint,
        [("hoop", "ls")] = ListHint,
        [("hoop", "get")] = ListHint,
        [("hoop", "create")] = "create with: hoop admin create TYPE",
        [("hoop", "delete")] = DeleteHint,
        [("hoop federation", "get")] = PolicyHint,
        [("hoop federation", "set")] = PolicyHint,
        [("hoop federation", "test")] = PolicyHint,
        [("hoop federation", "delete")] = PolicyHint,
        [("hoop", "agent")] = "run an agent with: hoop start agent; list agents with: hoop admin get agents",
        [("hoop start", "gateway")] = "the gateway is a program of its own: ./run.sh, or hoop-gateway",
        [("hoop admin", "list")] = ListHint,
        [("hoop admin", "ls")] = ListHint,
        [("hoop admin", "show")] = ListHint,
        [("hoop admin", "remove")] = DeleteHint,
        [("hoop admin", "rm")] = DeleteHint,
        [("hoop admin", "add")] = "create with: hoop admin create TYPE",
        [("hoop admin", "edit")] = ChangeHint,
        [("hoop admin", "apply")] = "write: hoop apply -f FILE",
        [("hoop admin", "export")] = "write: hoop export",
        [("hoop", "describe")] = "see one with: hoop admin describe TYPE NAME",
        [("hoop admin get", "feature-flags")] = "list flags with: hoop admin feature-flag list",
        [("hoop config create", "--api-key")] = SecretHint,
        [("hoop config create", "--token")] = SecretHint,
        [("hoop config create", "--key")] = SecretHint,
    };

    /// <summary>A command at this place.</summary>
    public static string? HintOnCommand(Command command, string word) => Hints.GetValueOrDefault((command.Spelled(), word));

    /// <summary>An option of this command, or of all.</summary>
    public static string? HintOnOption(Command command, string word) =>
        command.Path().Select(step => Hints.GetValueOrDefault((step.Spelled(), word))).FirstOrDefault(hint => hint is not null);

    /// <summary>A kind of connection by its subtype alone: <c>postgres</c> for <c>database/postgres</c>.</summary>
    public static string ConnectionType(string word) => word switch
    {
        "postgres" or "mysql" or "mssql" or "mongodb" or "oracledb" => $"database/{word}",
        "ssh" or "tcp" or "httpproxy" or "rdp" => $"application/{word}",
        _ => $"custom/{word}",
    };
}
