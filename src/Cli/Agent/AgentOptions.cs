using System.Net;
using Hoop.Cli.Agent.Execution;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Cli.Agent;

/// <summary>How an agent runs. <see cref="FromEnvironment"/> makes one from the variables an operator sets.</summary>
internal sealed record AgentOptions
{
    private const string DefaultGateway = "http://127.0.0.1:8009";

    /// <summary>The gateway's address, as shown to people; the channel is at <see cref="AgentChannelPath.Path"/> below it.</summary>
    public required Uri Gateway { get; init; }

    public required AgentCredential Credential { get; init; }

    /// <summary>The agent's name according to its key; a gateway that knows it by another name is worth a warning.</summary>
    public string? ExpectedName { get; init; }

    /// <summary>Names or paths of the only commands to run; empty: any.</summary>
    public IReadOnlyList<string> AllowedCommands { get; init; } = [];

    public CommandLimits Limits { get; init; } = CommandLimits.Default;

    /// <summary>The process is the agent's alone, prepared by <see cref="AgentProcess.Prepare"/>: orphans of commands become its children and are ended.</summary>
    public bool AdoptsOrphans { get; init; }

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>A connection that lasted this long starts the delays from the beginning.</summary>
    public TimeSpan Lasting { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the SVID file is looked at while connected; more often when it ends soon.</summary>
    public TimeSpan CredentialPoll { get; init; } = TimeSpan.FromSeconds(2);

    public Uri Channel => new(Gateway.AbsoluteUri.TrimEnd('/') + AgentChannelPath.Path);

    /// <summary>HOOP_KEY before HOOP_SPIFFE_KEY_FILE; HOOP_APIURL before the address in the key, before the default.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="insecure">Plain http to other machines is allowed.</param>
    /// <exception cref="AgentConfigurationException">A variable is missing or wrong.</exception>
    public static AgentOptions FromEnvironment(Func<string, string?> variable, IReadOnlyList<string> allowedCommands, bool insecure)
    {
        var key = Text("HOOP_KEY") is { } text ? AgentKey.Parse(text) : null;
        var credential = key is not null ? AgentCredential.FromKey(key.Secret)
            : Text("HOOP_SPIFFE_KEY_FILE") is { } file ? AgentCredential.FromFile(file)
            : throw new AgentConfigurationException("HOOP_KEY: set it to the agent's key, or HOOP_SPIFFE_KEY_FILE to a file that holds a JWT-SVID");

        var gateway = Text("HOOP_APIURL") is { } address ? Address("HOOP_APIURL", address, insecure)
            : key?.Gateway is { } named ? Address("HOOP_KEY", named, insecure)
            : new Uri(DefaultGateway);

        return new AgentOptions { Gateway = gateway, Credential = credential, ExpectedName = key?.Name, AllowedCommands = allowedCommands };

        string? Text(string name) => variable(name)?.Trim() is { Length: > 0 } value ? value : null;
    }

    private static Uri Address(string variable, string text, bool insecure)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0)
        {
            throw new AgentConfigurationException($"{variable}: the gateway's address must look like https://hoop.example.com or http://127.0.0.1:8009");
        }

        return address.Scheme is "https" || insecure || IsThisMachine(address)
            ? address
            : throw new AgentConfigurationException($"{variable}: plain http would show the agent's credential to the network; use https, or --insecure to allow it");
    }

    private static bool IsThisMachine(Uri address) =>
        string.Equals(address.Host, "localhost", StringComparison.Ordinal) || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}

/// <summary>The operator has to change something; the message names the variable and the fix. Exit code 1.</summary>
internal sealed class AgentConfigurationException(string message) : Exception(message);
