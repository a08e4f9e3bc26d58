using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.CommandLine;

/// <summary>
/// One run of a command: its arguments, the gateway, and where to write. Text from elsewhere is made printable on the way out.
/// </summary>
internal sealed class Call(ParseResult parse, CancellationToken stop)
{
    public static readonly Option<string?> Output = new("--output", "-o")
    {
        Description = Formats.Described(Formats.All),
        HelpName = "FORMAT",
        Recursive = true,
        CompletionSources = { _ => [.. Formats.All.Select(format => new System.CommandLine.Completions.CompletionItem(format))] },
        Validators =
        {
            result =>
            {
                if (result.Tokens is [{ Value: var format }] && !Formats.All.Contains(format))
                {
                    result.AddError(Formats.Unknown(format));
                }
            },
        },
    };

    public static readonly Option<bool> Debug = new("--debug")
    {
        Description = "Tell each request and its status on standard error (never a token, header or body)",
        Recursive = true,
    };

    public static readonly Option<int> Timeout = new("--timeout")
    {
        Description = "How many seconds to wait for each answer of the gateway",
        HelpName = "SECONDS",
        Recursive = true,
        // A dry run of federation may mint for 30 s and probe for 30 s.
        DefaultValueFactory = _ => 90,
        Validators =
        {
            result =>
            {
                if (result.Tokens is [{ Value: var text }]
                    && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > 3600))
                {
                    result.AddError($"--timeout {text}: write a whole number of seconds, from 1 to 3600");
                }
            },
        },
    };

    public static readonly Option<string?> Context = new("--context")
    {
        Description = "The gateway and the caller of this context alone, whatever the environment says; see hoop config get-contexts",
        HelpName = "NAME",
        Recursive = true,
    };

    public CancellationToken Stop { get; } = stop;

    /// <summary>
    /// The environment. Who names a context on the command line means that one: no variable sends its token to another gateway.
    /// </summary>
    public string? Variable(string name) => Variable(name, parse.GetValue(Context), Environment.GetEnvironmentVariable);

    /// <param name="context">The one that the command line names; null for none.</param>
    /// <param name="environment">Its variables.</param>
    public static string? Variable(string name, string? context, Func<string, string?> environment) => (context, name) switch
    {
        ({ }, Contexts.Variable) => context,
        ({ }, "HOOP_APIURL" or "HOOP_TOKEN" or "HOOP_TLSCA" or "HOOP_TLS_SKIP_VERIFY") => null,
        _ => environment(name),
    };

    /// <summary>As <c>-o</c> says; null for people.</summary>
    public string? Format => parse.GetValue(Output);

    /// <summary>The answer for a program: <c>-o json</c> as it is, <c>-o yaml</c> the same as YAML.</summary>
    public bool Json => Format is Formats.Json or Formats.Yaml;

    /// <summary>Under <c>hoop admin describe</c>: one resource with everything that it has.</summary>
    public bool Describes => parse.CommandResult.Command.Path().Any(step => step.Name == "describe");

    /// <summary>Under <c>hoop apply --prune</c>: all of a kind is looked at, not what is named alone.</summary>
    public bool Prunes { get; set; }

    /// <summary>Under <c>hoop apply --replace-credentials</c>: what cannot be compared is sent again.</summary>
    public bool ReplacesCredentials { get; set; }

    /// <summary>The gateway of the configuration, read when it is first needed.</summary>
    public Api Api => field ??= new Api(
        Settings, Patience, Told, Console.IsErrorRedirected ? null : Say, Warning);

    /// <summary>Which gateway, and as whom; read when it is first needed.</summary>
    public Settings Settings => field ??= Settings.Load(Variable, Warning);

    /// <summary>What hoop login keeps for this gateway.</summary>
    public SessionFile Session => Settings.Session is { } path ? new SessionFile(path) : throw new CliFailure("HOME is not set, so a sign-in cannot be kept");

    /// <summary>How long to wait for an answer.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(parse.GetValue(Timeout));

    /// <summary>Is told each request with <c>--debug</c>; null without it.</summary>
    public Action<string>? Told => parse.GetValue(Debug) ? Say : null;

    public TextWriter StandardError => parse.InvocationConfiguration.Error;

    public T? Value<T>(Option<T> option) => parse.GetValue(option);

    public T? Value<T>(Argument<T> argument) => parse.GetValue(argument);

    /// <summary>True when the option stands on the command line.</summary>
    public bool Has(Option option) => parse.GetResult(option) is { Implicit: false };

    /// <summary>One line on standard output.</summary>
    public void Line(string text = "") => parse.InvocationConfiguration.Output.WriteLine(Printable.Line(text));

    /// <summary>Text of several lines on standard output.</summary>
    public void Block(string text) => parse.InvocationConfiguration.Output.WriteLine(Printable.Block(text));

    /// <summary>
    /// A JSON text on standard output as it came, and a line end; indented for a terminal. With <c>-o yaml</c> the same as YAML.
    /// </summary>
    public void Raw(string json) => parse.InvocationConfiguration.Output.WriteLine(
        Format == Formats.Yaml ? Printable.Block(Yaml.Of(json))
        : Printable.Json(Terminal.Columns is null ? json.TrimEnd() : JsonMembers.Indented(json)));

    /// <summary>JSON on one line, for what goes on: <c>--watch</c>. As YAML, a document of its own.</summary>
    public void RawLine(string json)
    {
        if (Format == Formats.Yaml)
        {
            Block($"---\n{Yaml.Of(json)}");
        }
        else
        {
            Line(json);
        }
    }

    /// <summary>Says what was done with a resource: <c>agent "web" deleted</c>, or the answer as JSON.</summary>
    public void Done(Answer answer, string type, string name, string done)
    {
        if (Format == Formats.Name)
        {
            Line($"{type}/{name}");
        }
        else if (!Json)
        {
            Line($"{type} \"{name}\" {done}");
        }
        else if (answer.IsEmpty)
        {
            Raw(new JsonObject { ["type"] = type, ["name"] = name, ["result"] = done }.ToJsonString());
        }
        else
        {
            Raw(answer.Text);
        }
    }

    /// <summary>Rows of columns; a list without entries says so, as kubectl does.</summary>
    public void Table(Table table)
    {
        if (table.IsEmpty)
        {
            Say("No resources found");
            return;
        }

        foreach (var line in table.Lines(Terminal.Columns))
        {
            Line(line);
        }
    }

    /// <summary>One resource: a label and its value a line.</summary>
    public void Labels(params ReadOnlySpan<(string Label, string? Value)> lines)
    {
        foreach (var (label, value) in lines)
        {
            Line(Hoop.Cli.Output.Labels.Line(label, value));
        }
    }

    public void Note(string text) => Say($"note: {text}");

    public void Warning(string text) => Say($"warning: {text}");

    private void Say(string text) => StandardError.WriteLine(Printable.Line(text));
}
