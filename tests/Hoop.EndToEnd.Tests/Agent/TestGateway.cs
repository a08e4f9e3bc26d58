using System.Collections.Concurrent;
using System.Net;
using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hoop.EndToEnd.Tests.Agent;

/// <summary>The gateway's side of the channel on Kestrel, a loopback port, with the decisions in the test's hand.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private WebApplication? _app;

    public ConcurrentQueue<string> Authorizations { get; } = [];

    public ConcurrentQueue<AgentHello> Hellos { get; } = [];

    public ConcurrentQueue<string> Renewals { get; } = [];

    public ConcurrentQueue<string> Disconnections { get; } = [];

    public string Connection { get; set; } = "";

    public int Heartbeats;

    public HttpStatusCode? Refuse { get; set; }

    public string? Location { get; set; }

    public string? RetryAfter { get; set; }

    public Guid? OrganizationId { get; set; }

    /// <summary>From the second hello on.</summary>
    public string? HelloFails { get; set; }

    public Func<string, bool> AcceptRenewal { get; set; } = _ => true;

    public DateTimeOffset? ExpiresAt { get; set; }

    public int HeartbeatSeconds { get; set; } = 1;

    /// <summary>What becomes of a frame of output; nothing else of the agent is read until its task has ended.</summary>
    public Func<Guid, byte[], Task> Takes { get; set; } = (_, _) => Task.CompletedTask;

    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    public IHubContext<AgentHub, IAgentClient> Agents => _app!.Services.GetRequiredService<IHubContext<AgentHub, IAgentClient>>();

    public IAgentClient Agent => Agents.Clients.Client(Connection);

    /// <summary>Again on the same port, after the first time.</summary>
    public async Task Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address.AbsoluteUri);
        builder.Services.AddSingleton(this);
        builder.Services.AddSignalR(options =>
        {
            options.MaximumReceiveMessageSize = 64 * 1024 * 1024;
            options.EnableDetailedErrors = true;
        });
        _app = builder.Build();
        _app.Use(async (context, next) =>
        {
            Authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
            if (Refuse is { } status)
            {
                context.Response.StatusCode = (int)status;
                context.Response.Headers.Location = Location;
                context.Response.Headers.RetryAfter = RetryAfter;
            }
            else
            {
                await next(context);
            }
        });
        _app.MapHub<AgentHub>(AgentChannelPath.Path);
        await _app.StartAsync();
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    /// <summary>Without a farewell: open connections are broken off.</summary>
    public async Task Vanish()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app!.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await Vanish();
        }
    }

    internal sealed class AgentHub(TestGateway gateway) : Hub<IAgentClient>, IAgentGateway
    {
        public static readonly Guid AgentId = Guid.NewGuid();

        public Task<AgentWelcome> Hello(AgentHello hello)
        {
            gateway.Connection = Context.ConnectionId;
            gateway.Hellos.Enqueue(hello);
            if (gateway.HelloFails is { } text && gateway.Hellos.Count > 1)
            {
                throw new HubException(text);
            }

            return Task.FromResult(
                new AgentWelcome(AgentId, "prod", "spiffe://example.org/agent/prod", gateway.ExpiresAt,
                    gateway.HeartbeatSeconds)
                { OrganizationId = gateway.OrganizationId });
        }

        public Task Heartbeat()
        {
            Interlocked.Increment(ref gateway.Heartbeats);
            return Task.CompletedTask;
        }

        public Task Started(Guid id) => Task.CompletedTask;

        public Task Output(Guid id, int stream, byte[] data) => gateway.Takes(id, data);

        public Task InputTaken(Guid id, int bytes) => Task.CompletedTask;

        public Task<bool> Renew(string token)
        {
            gateway.Renewals.Enqueue(token);
            return Task.FromResult(gateway.AcceptRenewal(token));
        }

        public override Task OnDisconnectedAsync(Exception? exception)
        {
            gateway.Disconnections.Enqueue(exception?.Message ?? "properly");
            return Task.CompletedTask;
        }
    }
}
