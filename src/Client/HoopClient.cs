using Hoop.Client.Calls;
using Hoop.Client.Tokens;
using Hoop.Client.Wire;

namespace Hoop.Client;

/// <summary>
/// A gateway, typed: each call of its <c>/api</c> is a method here, and a test of the product compares them with the gateway's own OpenAPI
/// document. One client serves all calls of a program, from any thread.
/// <code>
/// using var hoop = new HoopClient(new Uri("https://hoop.example.com"), token);
/// await foreach (var agent in hoop.Agents.List(status: "CONNECTED")) { … }
/// </code>
/// </summary>
public sealed class HoopClient : IDisposable
{
    public HoopClient(HoopClientOptions options)
        : this(new HoopConnection(options))
    {
    }

    /// <param name="address">Of the gateway.</param>
    /// <param name="token">An API token, or an access token of a service account that ends later than the program.</param>
    public HoopClient(Uri address, string token)
        : this(new HoopClientOptions(address) { Tokens = new FixedToken(token) })
    {
    }

    /// <param name="wire">Disposed of with the client.</param>
    public HoopClient(HoopConnection wire)
    {
        ArgumentNullException.ThrowIfNull(wire);
        Wire = wire;
        Agents = new AgentsCalls(wire);
        ApiTokens = new ApiTokensCalls(wire);
        Audit = new AuditCalls(wire);
        Connections = new ConnectionsCalls(wire);
        FeatureFlags = new FeatureFlagsCalls(wire);
        Federation = new FederationCalls(wire);
        Issuers = new IssuersCalls(wire);
        Mappings = new MappingsCalls(wire);
        Organizations = new OrganizationsCalls(wire);
        People = new PeopleCalls(wire);
        PersonalTokens = new PersonalTokensCalls(wire);
        Rules = new RulesCalls(wire);
        Server = new ServerCalls(wire);
        ServiceAccounts = new ServiceAccountsCalls(wire);
        Sessions = new SessionsCalls(wire);
        TrustDomainNames = new TrustDomainNamesCalls(wire);
        TrustDomains = new TrustDomainsCalls(wire);
        V1 = new VaultCalls(wire);
    }

    /// <summary>Any call, as it goes over the wire.</summary>
    public HoopConnection Wire { get; }

    public AgentsCalls Agents { get; }

    public ApiTokensCalls ApiTokens { get; }

    public AuditCalls Audit { get; }

    public ConnectionsCalls Connections { get; }

    public FeatureFlagsCalls FeatureFlags { get; }

    public FederationCalls Federation { get; }

    public IssuersCalls Issuers { get; }

    public MappingsCalls Mappings { get; }

    public OrganizationsCalls Organizations { get; }

    public PeopleCalls People { get; }

    public PersonalTokensCalls PersonalTokens { get; }

    public RulesCalls Rules { get; }

    public ServerCalls Server { get; }

    public ServiceAccountsCalls ServiceAccounts { get; }

    public SessionsCalls Sessions { get; }

    public TrustDomainNamesCalls TrustDomainNames { get; }

    public TrustDomainsCalls TrustDomains { get; }

    /// <summary>The surface that follows Vault: entities, groups, tokens, policies, identity tokens.</summary>
    public VaultCalls V1 { get; }

    public void Dispose() => Wire.Dispose();
}
