using Hoop.Shared.Text;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Spiffe.Channels;

/// <summary>What an agent says of itself is stored and shown, so it is cut to a length and made printable.</summary>
internal static class AgentHelloLimits
{
    private const int Longest = 255;

    private static readonly string[] Known =
    [
        AgentFeatures.Files, AgentFeatures.Streams, AgentFeatures.Terminals, AgentFeatures.Marks, AgentFeatures.Renewal,
        AgentFeatures.Moves,
    ];

    public static AgentHello Apply(AgentHello hello) => hello with
    {
        Hostname = Clean(hello.Hostname),
        Version = Clean(hello.Version),
        Platform = Clean(hello.Platform),
        MachineId = Clean(hello.MachineId),
        KernelVersion = Clean(hello.KernelVersion),
        Features = [.. Known.Where(feature => hello.Features?.Contains(feature) == true)],
    };

    private static string Clean(string? text) => Printable.Line(text ?? "", Longest);
}
