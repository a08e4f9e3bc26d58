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
        Description = "Output format: json. Without it, text for people",
        HelpName = "json",
        Recursive = true,
        CompletionSources = { _ => [new("json")] },
        Validators =
        {
            result =>
            {
                if (result.Tokens is [{ Value: not "json" and var format }])
                {
                    result.AddError($"-o {format}: the only output format is json");
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

    public CancellationToken Stop { get; } = stop;

    /// <summary><c>-o json</c>: the gateway's answer as it is.</summary>
    public bool Json => parse.GetValue(Output) is not null;

    /// <summary>The gateway of the configuration, read when it is first needed.</summary>
    public Api Api => field ??= new Api(
        Settings, Patience, Told, Console.IsErrorRedirected ? null : Say, Warning);

    /// <summary>Which gateway, and as whom; read when it is first needed.</summary>
    public Settings Settings => field ??= Settings.Load(Environment.GetEnvironmentVariable, Warning);

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

    /// <summary>A JSON text on standard output as it came, and a line end; indented for a terminal.</summary>
    public void Raw(string json) =>
        parse.InvocationConfiguration.Output.WriteLine(
            Printable.Json(Terminal.Columns is null ? json.TrimEnd() : JsonMembers.Indented(json)));

    /// <summary>Says what was done with a resource: <c>agent "web" deleted</c>, or the answer as JSON.</summary>
    public void Done(Answer answer, string type, string name, string done)
    {
        if (!Json)
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
