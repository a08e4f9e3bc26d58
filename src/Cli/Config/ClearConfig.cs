using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;

namespace Hoop.Cli.Config;

/// <summary><c>hoop config clear</c>: removes the configuration file.</summary>
internal static class ClearConfig
{
    public static Command Command() => new Verb("clear", "Remove the configuration file, and the token with it").With("""
            hoop config clear
            """).Does(call =>
    {
        var path = ConfigFile.PathFor(call.Variable);
        try
        {
            var existed = File.Exists(path);
            if (existed)
            {
                File.Delete(path);
            }

            call.Line(existed ? $"removed {path}" : $"there is no {path}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"{path} cannot be removed: {InputFile.Problem(path, exception)}");
        }

        return Task.CompletedTask;
    });
}
