using Hoop.Federation.Contracts;
using Hoop.Shared;
using Hoop.Shared.Callers;
using Hoop.Spiffe.Contracts;
using Hoop.StandIns;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Federation.Tests;

/// <summary>
/// A gateway whose Google is the stand-in and whose agents are played here; the flag is on in the organization "default".
/// </summary>
public abstract class FederationFixture
{
    protected const string Project = "my-proj";
    protected const string Admin = "hoop-admin@my-proj.iam.gserviceaccount.com";
    protected const string Alice = "alice@my-proj.iam.gserviceaccount.com";
    protected const string Readonly = "reader@my-proj.iam.gserviceaccount.com";

    private int _names;

    private protected PlayedAgents Agents { get; private set; } = null!;

    protected GoogleStandIn Google { get; private set; } = null!;

    protected TestGateway Gateway { get; private set; } = null!;

    protected string KeyFile { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartGateway()
    {
        Google = await GoogleStandIn.Start();
        KeyFile = Google.CreateAdminCredentials(Project, "hoop-admin");
        Agents = new PlayedAgents();
        var settings = Settings();
        await Prepare(settings);
        Gateway = await TestGateway.Start(settings, Play(Agents));
        await SetFlag(Gateway, on: true);
    }

    [OneTimeTearDown]
    public async Task StopGateway()
    {
        await Gateway.DisposeAsync();
        await Google.DisposeAsync();
    }

    [SetUp]
    public void AllIsWellAtGoogle()
    {
        Google.FailEveryone(GoogleFault.None);
        Google.FailTokenEndpoint(GoogleFault.None);
        Google.Grant(Alice);
        Google.Grant(Readonly);
    }

    /// <summary>What a fixture needs before the gateway starts.</summary>
    protected virtual Task Prepare(Dictionary<string, string?> settings) => Task.CompletedTask;

    protected Dictionary<string, string?> Settings() => new(StringComparer.Ordinal)
    {
        ["HOOP_GCP_IAM_ENDPOINT"] = Google.Address,
        ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = $"{Google.TokenUri},{Google.StsUri}",
        ["HOOP_DRY_RUNS_PER_MINUTE"] = "100000",
    };

    internal static Action<IServiceCollection> Play(PlayedAgents agents) => services => services
        .AddSingleton<IRequestHandler<FindAgent, AgentSummary?>>(agents)
        .AddSingleton<IRequestHandler<HoldAgent, AgentSummary?>>(agents)
        .AddSingleton<IRequestHandler<FindAgents, IReadOnlyList<AgentSummary>>>(agents)
        .AddSingleton<IRequestHandler<ExecuteOnAgent, AgentExecution>>(agents);

    protected static Task<int> SetFlag(TestGateway gateway, bool on, Guid? orgId = null) => gateway.Execute(
        """
        INSERT INTO identity.feature_flags (org_id, name, enabled, updated_by) VALUES (@OrgId, 'experimental.iam_federation', @on, 'test')
        ON CONFLICT (org_id, name) DO UPDATE SET enabled = @on
        """,
        new { OrgId = orgId ?? DefaultOrganization.Id, on });

    /// <summary>A new connection of the organization "default".</summary>
    protected async Task<string> CreateConnection(object? secret = null)
    {
        var name = $"conn-{Interlocked.Increment(ref _names)}";
        var reply = await Gateway.Operator.Post("/api/connections", new
        {
            name,
            type = "custom",
            subtype = "bigquery",
            command = new[] { "bq", "query" },
            agent_id = PlayedAgents.Known,
            secret = secret ?? new Dictionary<string, string>(StringComparer.Ordinal),
        });
        Assert.That((int)reply.Status, Is.EqualTo(201), reply.Message);
        return name;
    }

    /// <summary>A body for PUT; <paramref name="changes"/> replace members, null removes one.</summary>
    protected Dictionary<string, object?> PolicyWith(Dictionary<string, object?>? changes = null, bool credentials = true)
    {
        var body = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["hook_source"] = "builtin",
            ["builtin_provider"] = "gcp_iam",
            ["identity_target_template"] = "{user.email_local}@my-proj.iam.gserviceaccount.com",
            ["extra_config"] = new Dictionary<string, object> { ["project_id"] = Project },
        };
        if (credentials)
        {
            body["admin_credentials_json"] = KeyFile;
        }

        foreach (var (name, value) in changes ?? [])
        {
            if (value is null)
            {
                body.Remove(name);
            }
            else
            {
                body[name] = value;
            }
        }

        return body;
    }

    protected async Task<string> CreateFederated(Dictionary<string, object?>? changes = null, object? secret = null)
    {
        var name = await CreateConnection(secret);
        var reply = await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith(changes));
        Assert.That((int)reply.Status, Is.EqualTo(200), reply.Message);
        return name;
    }

    protected async Task<SessionResolution> Resolve(
        string connection, string email = "alice@example.com", string id = "user-1", Guid? orgId = null)
    {
        var org = orgId ?? DefaultOrganization.Id;
        await using var scope = Gateway.ScopeOf(new Caller(org, CallerKind.User, new Alias("auth/test/", id), email, [], Role.Standard));
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(new ResolveSession(org, connection, email, id));
    }
}

/// <summary>The agents of a test: one is known in the organization "default", and runs nothing but what the test says.</summary>
internal sealed class PlayedAgents : IRequestHandler<FindAgent, AgentSummary?>, IRequestHandler<FindAgents, IReadOnlyList<AgentSummary>>,
    IRequestHandler<HoldAgent, AgentSummary?>, IRequestHandler<ExecuteOnAgent, AgentExecution>
{
    public static readonly Guid Known = new("0b0f8a52-6a0b-4c58-9c39-2f2a1c6f0a01");

    public Func<ExecuteOnAgent, AgentExecution> Runs { get; set; } = _ =>
        new AgentExecution(AgentExecutionOutcome.Success, 0, "1\n", Truncated: false);

    /// <summary>Waited for before a command ends; it hears of a caller who left.</summary>
    public Func<CancellationToken, Task> Takes { get; set; } = _ => Task.CompletedTask;

    /// <summary>What happens while a command runs.</summary>
    public Func<ExecuteOnAgent, CancellationToken, Task> Meanwhile { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Whether the known agent is connected.</summary>
    public bool Connected { get; set; } = true;

    public List<ExecuteOnAgent> Executed { get; } = [];

    /// <summary>How often a set of agents was asked for.</summary>
    public int SetsAsked { get; private set; }

    public Task<IReadOnlyList<AgentSummary>> Handle(FindAgents request, CancellationToken cancellationToken)
    {
        SetsAsked++;
        return Task.FromResult<IReadOnlyList<AgentSummary>>(
            request.OrgId == DefaultOrganization.Id && request.Ids.Contains(Known)
                ? [new AgentSummary(Known, "agent-1", Connected)]
                : []);
    }

    public Task<AgentSummary?> Handle(FindAgent request, CancellationToken cancellationToken) => Task.FromResult(
        request.OrgId == DefaultOrganization.Id && request.IdOrName == Known.ToString()
            ? new AgentSummary(Known, "agent-1", Connected)
            : null);

    public Task<AgentSummary?> Handle(HoldAgent request, CancellationToken cancellationToken) =>
        Handle(new FindAgent(request.OrgId, request.Id.ToString()), cancellationToken);

    public async Task<AgentExecution> Handle(ExecuteOnAgent request, CancellationToken cancellationToken)
    {
        lock (Executed)
        {
            Executed.Add(request);
        }

        await Meanwhile(request, cancellationToken);
        await Takes(cancellationToken);
        return Runs(request);
    }
}
