using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.Spiffe.Channels;

/// <summary>What agents may take of this gateway. They authenticate, and are hostile nevertheless: a stolen key is enough.</summary>
/// <param name="ChannelsPerAgent">Replicas of one agent on this gateway.</param>
/// <param name="ChannelsPerOrganization">Channels of one organization on this gateway.</param>
/// <param name="BytesInFlight">Of messages that are not complete yet, over all channels.</param>
internal sealed record AgentLimits(int ChannelsPerAgent, int ChannelsPerOrganization, int BytesInFlight)
{
    /// <summary>The output limit of 1 MiB, six times as long when every character must be escaped, and the JSON around it.</summary>
    public const int LargestMessage = 8 * 1024 * 1024;

    /// <summary>Of a channel that has no work: a hello, a heartbeat, a renewal with an SVID.</summary>
    public const int LargestIdleMessage = 256 * 1024;

    private const int Mebibyte = 1024 * 1024;

    public static readonly AgentLimits Default = new(ChannelsPerAgent: 8, ChannelsPerOrganization: 1000, BytesInFlight: 64 * Mebibyte);

    /// <summary>Channels that are being opened at once; half of them for one organization.</summary>
    public int Handshakes { get; init; } = 64;

    /// <exception cref="ConfigurationException">A setting is wrong.</exception>
    public static AgentLimits From(IConfiguration configuration) => new(
        configuration.Number("HOOP_AGENT_CHANNELS", Default.ChannelsPerAgent, 1, 10_000),
        configuration.Number("HOOP_AGENT_CHANNELS_PER_ORG", Default.ChannelsPerOrganization, 1, 1_000_000),
        configuration.Number("HOOP_AGENT_MEMORY_MB", Default.BytesInFlight / Mebibyte, 2 * LargestMessage / Mebibyte, 1024) * Mebibyte)
    {
        Handshakes = configuration.Number("HOOP_AGENT_HANDSHAKES", Default.Handshakes, 1, 10_000),
    };
}
