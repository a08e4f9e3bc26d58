using System.CommandLine;
using System.CommandLine.Help;
using Hoop.Cli.Agents;
using Hoop.Cli.Apply;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Completion;
using Hoop.Cli.Config;
using Hoop.Cli.Federation;
using Hoop.Cli.Output;
using Hoop.Cli.People;
using Hoop.Cli.Sessions;
using Hoop.Cli.SignIn;
using Hoop.Cli.Status;

namespace Hoop.Cli;

/// <summary>
/// <c>hoop</c>: the tree of commands, and the one place where a failure becomes a line on standard error and exit code 1.
/// </summary>
internal static class HoopCommand
{
    public static string Version { get; } = typeof(HoopCommand).Assembly.GetName().Version!.ToString(3);

    public static async Task<int> Run(string[] arguments, TextWriter output, TextWriter error)
    {
        Command command = Root();
        try
        {
            if (arguments is [Suggestions.Asked, .. var typed])
            {
                foreach (var suggestion in await Suggestions.For(command, typed))
                {
                    await output.WriteLineAsync(suggestion);
                }

                return 0;
            }

            var words = Words.Read(command, arguments);
            if (words.Problem is { } problem)
            {
                UsageErrors.Report(words.Command, problem, error);
                return FailureOf(words.Command);
            }

            var parse = command.Parse(words.Arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            command = parse.CommandResult.Command;
            var asksForHelp = parse.Action is Help;
            if (parse.UnmatchedTokens.Count > 0 || (parse.Errors.Count > 0 && !asksForHelp))
            {
                UsageErrors.Report(command, UsageErrors.Problem(parse), error);
                return FailureOf(command);
            }

            // A group alone does nothing, and a script that forgot the rest must not go on: the help is a complaint then.
            var isGroup = command.Subcommands.Count > 0 && !asksForHelp && parse.Action is not ShowVersion;
            var invocation = new InvocationConfiguration
            {
                Output = isGroup ? error : output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parse.InvokeAsync(invocation);
        }
        catch (UnwrittenException lost) when (lost.IsUnheard)
        {
            return UnwrittenException.Unheard;
        }
        catch (Exception failure) when (failure is CliFailure or UnwrittenException)
        {
            await error.WriteLineAsync(Printable.Line($"error: {failure.Message}"));
            return failure is CliFailure { ExitCode: not 1 and var code } ? code : FailureOf(command);
        }
        catch (Exception bug)
        {
            // A crash would end with the code of a signal; scripts rely on 0 and 1.
            await error.WriteLineAsync(Printable.Line($"error: unexpected {bug.GetType().Name}: {bug.Message}"));
            if (arguments.Contains(Call.Debug.Name))
            {
                await error.WriteLineAsync(Printable.Block(bug.StackTrace ?? ""));
            }

            return FailureOf(command);
        }
        finally
        {
            await output.FlushAsync();
        }
    }

    public static RootCommand Root()
    {
        var root = new RootCommand("The command line of the Hoop gateway: signing in, administration, and the agent.")
        {
            AdminCommand.Command(),
            ApplyCommand.Command(),
            ExportCommand.Command(),
            LoginCommand.Command(),
            LogoutCommand.Command(),
            WhoAmICommand.Command(),
            TokenCommand.Command(),
            CompletionCommand.Command(),
            ConfigCommand.Command(),
            UserFederationCommand.Command(),
            ConnectSession.Command(),
            ExecSession.Command(),
            StartCommand(),
            StatusCommand.Command(),
            VersionCommand.Command(),
            Call.Debug,
            Call.Context,
        };
        Explain(root);
        return root;
    }

    private static int FailureOf(Command command) => command is Verb verb ? verb.FailureCode : 1;

    private static Verb StartCommand() => new("start", "Start a long-running part of Hoop") { StartAgent.Command() };

    /// <summary>
    /// A command that only groups others shows its help; each help ends with the examples. A flag takes no value, so none can swallow a
    /// name.
    /// </summary>
    private static void Explain(Command command)
    {
        if (command.Action is null)
        {
            command.SetAction(parse => Help.Complain(command, parse));
        }

        foreach (var option in command.Options)
        {
            switch (option)
            {
                case HelpOption help:
                    help.Action = new Help();
                    help.Aliases.Clear();
                    help.Aliases.Add("-h");
                    break;
                case VersionOption version:
                    version.Action = new ShowVersion();
                    version.Aliases.Add("-v");
                    break;
                case Option<bool>:
                    option.Arity = ArgumentArity.Zero;
                    break;
            }
        }

        foreach (var subcommand in command.Subcommands)
        {
            Explain(subcommand);
        }
    }
}
