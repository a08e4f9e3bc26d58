namespace Hoop.Demo;

/// <summary>Where the programs of the story are: built beside this one, in the same configuration.</summary>
/// <param name="Dotnet">What runs them.</param>
internal sealed record Installation(string Dotnet, string Gateway, string CommandLine, string Demo)
{
    /// <exception cref="StoryFailure">A program was not built.</exception>
    public static Installation Find()
    {
        var demo = typeof(Installation).Assembly.Location;
        // …/demo/Hoop.Demo/bin/CONFIGURATION/FRAMEWORK/Hoop.Demo.dll
        var parts = Path.GetDirectoryName(demo)!.Split(Path.DirectorySeparatorChar);
        if (parts is not [.. var root, "demo", "Hoop.Demo", "bin", var configuration, var framework])
        {
            throw new StoryFailure($"the demo runs from where it was built, not from {demo}; start it with ./run.sh demo");
        }

        var dotnet = Environment.ProcessPath is { } running && Path.GetFileNameWithoutExtension(running) == "dotnet" ? running : "dotnet";
        return new Installation(dotnet, Built("src/Host", "hoop-gateway.dll"), Built("src/Cli", "hoop.dll"), demo);

        string Built(string project, string file)
        {
            var path = Path.Combine([Path.DirectorySeparatorChar.ToString(), .. root, project, "bin", configuration, framework, file]);
            return File.Exists(path)
                ? path
                : throw new StoryFailure($"{path} does not exist; start the demo with ./run.sh demo, which builds it");
        }
    }

    /// <summary>Puts the programs under the names that people type into <paramref name="folder"/>.</summary>
    public void Link(string folder)
    {
        Directory.CreateDirectory(folder);
        Script("hoop", CommandLine);
        Script("hoop-gateway", Gateway);
        Script("bq", Demo, "bq");
        if (!HasCurl)
        {
            Script("curl", Demo, "curl");
        }

        void Script(string name, string program, string argument = "")
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path, $"#!/bin/sh\nexec {Quoted(Dotnet)} {Quoted(program)} {argument} \"$@\"\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public static bool HasCurl { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Any(
            folder => File.Exists(Path.Combine(folder, "curl")));

    private static string Quoted(string text) => "'" + text.Replace("'", @"'\''", StringComparison.Ordinal) + "'";
}

/// <summary>The story cannot go on; the message is for people.</summary>
internal sealed class StoryFailure(string message) : Exception(message);
