using System.Reflection;
using System.Runtime.InteropServices;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Cli.Agent;

/// <summary>What the agent tells about the machine it runs on.</summary>
internal static class HostFacts
{
    public static string Version { get; } =
        typeof(HostFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    public static AgentHello Hello(IReadOnlyList<string> allowedCommands) => new(
        Environment.MachineName,
        Version,
        $"{(OperatingSystem.IsLinux() ? "linux" : RuntimeInformation.OSDescription)}/{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}",
        FirstLine("/etc/machine-id"),
        FirstLine("/proc/sys/kernel/osrelease"),
        allowedCommands)
    {
        Features =
        [
            AgentFeatures.Files, AgentFeatures.Streams, AgentFeatures.Terminals, AgentFeatures.Marks, AgentFeatures.Renewal,
            AgentFeatures.Moves,
        ],
    };

    /// <summary>Empty where there is no such file, as in many containers.</summary>
    private static string FirstLine(string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault("").Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
