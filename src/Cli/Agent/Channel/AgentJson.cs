using System.Text.Json.Serialization;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Cli.Agent.Channel;

/// <summary>Reads and writes what travels over the channel without reflection, which the native program has not.</summary>
[JsonSerializable(typeof(AgentHello))]
[JsonSerializable(typeof(AgentWelcome))]
[JsonSerializable(typeof(ExecutionRequest))]
[JsonSerializable(typeof(ExecutionResult))]
[JsonSerializable(typeof(Guid))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(byte[]))]
internal sealed partial class AgentJson : JsonSerializerContext;
