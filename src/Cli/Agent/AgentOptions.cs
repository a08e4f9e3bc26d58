using System.Globalization;
using System.Net;
using Hoop.Cli.Agent.Execution;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Cli.Agent;

/// <summary>How an agent runs. <see cref="FromEnvironment"/> makes one from the variables an operator sets.</summary>
internal sealed record AgentOptions
{
    private const string DefaultGateway = "http://127.0.0.1:8009";

    /// <summary>Some two and a half minutes.</summary>
    private const int DefaultRefusals = 20;

    /// <summary>The gateway's address, as shown to people; the channel is at <see cref="AgentChannelPath.Path"/> below it.</summary>
    public required Uri Gateway { get; init; }

    public required AgentCredential Credential { get; init; }

    /// <summary>The agent's name according to its key; a gateway that knows it by another name is worth a warning.</summary>
    public string? ExpectedName { get; init; }

    /// <summary>Names or paths of the only commands to run; empty: any.</summary>
    public IReadOnlyList<string> AllowedCommands { get; init; } = [];

    /// <summary>
    /// Names of the variables that reach a program, or beginnings of names with a final <c>*</c>; null: all but those that take
    /// orders.
    /// </summary>
    public IReadOnlyList<string>? AllowedVariables { get; init; }

    /// <summary>The only organization to serve; null: whichever the gateway says.</summary>
    public Guid? Organization { get; init; }

    /// <summary>After so many refusals of one credential in a row the agent ends with exit code 1; null: it never gives up.</summary>
    public int? Refusals { get; init; }

    public CommandLimits Limits { get; init; } = CommandLimits.Default;

    /// <summary>The agent's private folder, where commands find secrets as files.</summary>
    public string Folder { get; init; } = SecretFiles.DefaultRoot(Environment.GetEnvironmentVariable);

    /// <summary>Told whether there is a channel; null: nobody asks.</summary>
    public AgentHealth? Health { get; init; }

    /// <summary>
    /// The process is the agent's alone, prepared by <see cref="AgentProcess.Prepare"/>: orphans of commands become its children and
    /// are ended.
    /// </summary>
    public bool AdoptsOrphans { get; init; }

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>A connection that lasted this long starts the delays from the beginning.</summary>
    public TimeSpan Lasting { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the SVID file is looked at while connected; more often when it ends soon.</summary>
    public TimeSpan CredentialPoll { get; init; } = TimeSpan.FromSeconds(2);

    public Uri Channel => new(Gateway.AbsoluteUri.TrimEnd('/') + AgentChannelPath.Path);

    /// <summary>
    /// HOOP_KEY before HOOP_KEY_FILE before HOOP_SPIFFE_KEY_FILE; HOOP_APIURL before the address in the key, before the default.
    /// </summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="flags">Of the command line.</param>
    /// <exception cref="AgentConfigurationException">A variable or a flag is missing or wrong.</exception>
    public static AgentOptions FromEnvironment(Func<string, string?> variable, AgentFlags flags)
    {
        var keyFile = Text("HOOP_KEY") is null ? Text("HOOP_KEY_FILE") : null;
        var key = Text("HOOP_KEY") is { } text ? AgentKey.Parse(text) : keyFile is not null ? KeyIn(keyFile) : null;
        var credential = keyFile is not null ? AgentCredential.FromKeyFile(keyFile)
            : key is not null ? AgentCredential.FromKey(key.Secret)
            : Text("HOOP_SPIFFE_KEY_FILE") is { } file ? AgentCredential.FromFile(file)
            : throw new AgentConfigurationException(
                "HOOP_KEY: set it to the agent's key, or HOOP_SPIFFE_KEY_FILE to a file that holds a JWT-SVID");

        var gateway = Text("HOOP_APIURL") is { } address ? Address("HOOP_APIURL", address, flags.Insecure)
            : key?.Gateway is { } named ? Address(keyFile is null ? "HOOP_KEY" : "HOOP_KEY_FILE", named, flags.Insecure)
            : new Uri(DefaultGateway);

        return new AgentOptions
        {
            Gateway = gateway,
            Credential = credential,
            ExpectedName = key?.Name,
            AllowedCommands = flags.AllowedCommands,
            AllowedVariables = Variables(flags),
            Organization = Text("HOOP_ORG") is { } organization ? Id(organization) : null,
            Refusals = Retries(flags.Retry, credential),
            Folder = SecretFiles.DefaultRoot(variable),
        };

        string? Text(string name) => variable(name)?.Trim() is { Length: > 0 } value ? value : null;
    }

    private static AgentKey KeyIn(string file)
    {
        try
        {
            return AgentKey.Parse(AgentCredential.Read(file), "HOOP_KEY_FILE");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AgentConfigurationException($"HOOP_KEY_FILE: {exception.Message}");
        }
    }

    private static IReadOnlyList<string>? Variables(AgentFlags flags)
    {
        if (flags.AllowedVariables.FirstOrDefault(EnvironmentRules.TakesOrders) is { } never)
        {
            throw new AgentConfigurationException(
                $"--allow-env: {never} can make a program run other code, so it is never taken from a request; set it for the agent's programs by a wrapper of your own");
        }

        return flags.AllowedVariables.Count > 0 ? flags.AllowedVariables
            : flags.AllowedCommands.Count > 0 ? EnvironmentRules.Default
            : null;
    }

    private static Guid Id(string text) => Guid.TryParseExact(text, "D", out var id)
        ? id
        : throw new AgentConfigurationException("HOOP_ORG: must be the id of an organization, as GET /api/orgs shows it");

    /// <summary>A key that is refused will be refused for good; an SVID may still get its mapping.</summary>
    private static int? Retries(string? retry, AgentCredential credential) => retry switch
    {
        null => credential.Renews ? null : DefaultRefusals,
        "forever" => null,
        _ when int.TryParse(retry, NumberStyles.None, CultureInfo.InvariantCulture, out var refusals) && refusals > 0 => refusals,
        _ => throw new AgentConfigurationException("--retry: must be forever or a number of refusals from 1"),
    };

    private static Uri Address(string variable, string text, bool insecure)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0)
        {
            throw new AgentConfigurationException(
                $"{variable}: the gateway's address must look like https://hoop.example.com or http://127.0.0.1:8009");
        }

        return address.Scheme is "https" || insecure || IsThisMachine(address)
            ? address
            : throw new AgentConfigurationException(
                $"{variable}: plain http would show the agent's credential to the network; use https, or --insecure to allow it");
    }

    private static bool IsThisMachine(Uri address) =>
        string.Equals(address.Host, "localhost", StringComparison.Ordinal)
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}

/// <summary>What <c>hoop start agent</c> is told on the command line.</summary>
/// <param name="AllowedCommands">Each <c>--allow-command</c>; empty allows every command.</param>
/// <param name="AllowedVariables">Each <c>--allow-env</c>.</param>
/// <param name="Insecure"><c>--insecure</c>: plain http to another machine.</param>
/// <param name="Retry"><c>--retry</c>: <c>forever</c>, or a number of refusals.</param>
internal sealed record AgentFlags(
    IReadOnlyList<string> AllowedCommands, IReadOnlyList<string> AllowedVariables, bool Insecure, string? Retry)
{
    public static readonly AgentFlags None = new([], [], Insecure: false, Retry: null);

    /// <summary><c>--health-listen</c>: where probes ask; null: nowhere.</summary>
    public string? HealthListen { get; init; }
}

/// <summary>The operator has to change something; the message names the variable and the fix. Exit code 1.</summary>
internal sealed class AgentConfigurationException(string message) : Exception(message);
