using System.CommandLine;

namespace Hoop.Cli.CommandLine;

/// <summary>One command. <see cref="Examples"/> stand at the end of its help.</summary>
internal sealed class Verb : Command
{
    /// <param name="name">As typed.</param>
    /// <param name="description">One line of help.</param>
    /// <param name="aliases">Other spellings.</param>
    public Verb(string name, string description, params string[] aliases)
        : base(name, description)
    {
        foreach (var alias in aliases)
        {
            Aliases.Add(alias);
        }
    }

    /// <summary>Command lines, one a line.</summary>
    public string Examples { get; private set; } = "";

    /// <summary>Further sections of its help: a title, and rows of two columns.</summary>
    public IReadOnlyList<(string Title, IEnumerable<(string, string)> Rows)> Notes { get; private set; } = [];

    public Verb Explaining(string title, params IReadOnlyList<(string, string)> rows)
    {
        Notes = [.. Notes, (title, rows)];
        return this;
    }

    /// <summary>The same with rows that are made when the help is shown: a command line that needs none pays nothing for them.</summary>
    public Verb Explaining(string title, IEnumerable<(string, string)> rows)
    {
        Notes = [.. Notes, (title, rows)];
        return this;
    }

    public Verb With(string examples)
    {
        Examples = examples;
        return this;
    }

    /// <summary>Its outputs besides text for people.</summary>
    public IReadOnlyList<string> Outputs { get; private set; } = Formats.Answers;

    /// <summary>The exit code when hoop itself fails, whatever the reason.</summary>
    public int FailureCode { get; private set; } = 1;

    /// <summary>For one whose exit codes are another program's, so that they cannot be told from hoop's own otherwise.</summary>
    public Verb FailingWith(int code)
    {
        FailureCode = code;
        return this;
    }

    /// <summary>The calls of the API that it makes, as <c>METHOD /path</c> of the gateway's list of routes.</summary>
    public IReadOnlyList<string> Routes { get; private set; } = [];

    /// <summary>What it shows besides JSON and YAML.</summary>
    public Verb Showing(IReadOnlyList<string> outputs)
    {
        Outputs = outputs;
        return this;
    }

    /// <summary>Says which calls of the API the command stands for; a test wants every call to have a command.</summary>
    public Verb For(params IReadOnlyList<string> routes)
    {
        Routes = routes;
        return this;
    }

    /// <summary>What the command does; answers the exit code.</summary>
    public Verb Does(Func<Call, Task<int>> action)
    {
        SetAction((parse, stop) =>
        {
            var call = new Call(parse, stop);

            // Before anything is done: what is shown once must not be lost to a format that does not show it.
            return Formats.Problem(call.Format, Outputs) is { } problem ? throw new CliFailure(problem) : action(call);
        });
        return this;
    }

    /// <summary>What the command does; the exit code is 0.</summary>
    public Verb Does(Func<Call, Task> action) => Does(async call =>
    {
        await action(call);
        return 0;
    });
}
