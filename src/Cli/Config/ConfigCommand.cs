using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Config;

/// <summary><c>hoop config</c>.</summary>
internal static class ConfigCommand
{
    public static Command Command() => new Verb("config", "The gateway's address and your token, in $HOME/.hoop; several of them as contexts")
    {
        CreateConfig.Command(),
        ViewConfig.Command(),
        ClearConfig.Command(),
        ContextCommands.Use(),
        ContextCommands.Get(),
        ContextCommands.Set(),
        ContextCommands.Delete(),
        ContextCommands.Show(),
    };
}
