using System.CommandLine;
using Hoop.Cli;
using Hoop.Cli.CommandLine;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Each call of the API has a command, and each command says which calls it stands for.</summary>
public sealed class RouteCommandTests
{
    /// <summary>What is no call for a command, and why.</summary>
    private static readonly Dictionary<string, string> WithoutCommand = new(StringComparer.Ordinal)
    {
        ["* /api/agents/channel"] = "hoop start agent keeps it open",
        ["* /api/agents/channel/negotiate"] = "belongs to the channel",
        ["POST /api/federation/token"] = "an exchange that Google's libraries make, from the file of hoop federation config",
        ["HEAD /api/healthz"] = "the other spelling of GET, for load balancers",
        ["POST /api/sessions"] = "one script and its whole output; hoop exec streams it",
    };

    private static readonly string[] Routes = [.. SurfaceRoutes.All.Where(route => route.Contains(" /api/", StringComparison.Ordinal))];

    [Test]
    public void Every_call_of_the_api_has_a_command()
    {
        Assert.That(Routes, Has.Length.GreaterThan(70));
        var covered = Commands().SelectMany(command => command.Routes).ToHashSet(StringComparer.Ordinal);

        Assert.That(
            Routes.Where(route => !covered.Contains(route) && !WithoutCommand.ContainsKey(route)),
            Is.Empty,
            "give each of them a command that says so: .For(\"METHOD /path\")");
    }

    [Test]
    public void No_command_stands_for_a_call_that_there_is_not()
    {
        var known = SurfaceRoutes.All.ToHashSet(StringComparer.Ordinal);

        Assert.That(Commands().SelectMany(command => command.Routes).Where(route => !known.Contains(route)), Is.Empty);
        Assert.That(WithoutCommand.Keys.Where(route => !known.Contains(route)), Is.Empty);
    }

    private static IEnumerable<Verb> Commands() => Below(HoopCommand.Root()).OfType<Verb>();

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(Below).Prepend(command);
}

/// <summary>The reviewed list of all routes: <c>METHOD /path</c>.</summary>
internal static class SurfaceRoutes
{
    public static readonly string[] All =
    [
        .. File.ReadLines(SourceTree.At("docs", "api-surface.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(words => $"{words[0]} {words[1]}"),
    ];
}
