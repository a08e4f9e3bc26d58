using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// SignalR's JSON protocol; for the agents' hub, calls that it does not know become calls of <see cref="AgentHub.Refuse"/>. SignalR
/// itself would answer them by quoting the name, however long it is, and no filter of the hub sees them. Other hubs of the host are not
/// touched.
/// </summary>
internal sealed class AgentHubProtocol(JsonHubProtocol json) : IHubProtocol
{
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        nameof(IAgentGateway.Hello),
        nameof(IAgentGateway.Heartbeat),
        nameof(IAgentGateway.Renew),
        nameof(IAgentGateway.Started),
        nameof(IAgentGateway.Output),
        nameof(IAgentGateway.InputTaken),
    };

    public string Name => json.Name;

    public int Version => json.Version;

    public TransferFormat TransferFormat => json.TransferFormat;

    public bool IsVersionSupported(int version) => json.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => json.GetMessageBytes(message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => json.WriteMessage(message, output);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        if (!json.TryParseMessage(ref input, binder, out message))
        {
            return false;
        }

        if (IsOfAgents(binder.GetType()))
        {
            message = message switch
            {
                InvocationMessage call when Known.Contains(call.Target) => call,
                InvocationMessage call => Refused(call.InvocationId),
                InvocationBindingFailureMessage failed => Refused(failed.InvocationId),
                StreamInvocationMessage stream => Refused(stream.InvocationId),
                _ => message,
            };
        }

        return true;
    }

    private static InvocationMessage Refused(string? invocationId) => new(invocationId, nameof(AgentHub.Refuse), []);

    /// <summary>The binder is SignalR's own, one generic type for each hub.</summary>
    private static bool IsOfAgents(Type binder) =>
        binder.IsGenericType && binder.GetGenericArguments() is [var hub] && hub == typeof(AgentHub);
}
