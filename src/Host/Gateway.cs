using Hoop.Federation;
using Hoop.Host.Addresses;
using Hoop.Host.Authentication;
using Hoop.Host.Errors;
using Hoop.Host.Health;
using Hoop.Host.Logging;
using Hoop.Host.OpenApi;
using Hoop.Host.Pages;
using Hoop.Host.Startup;
using Hoop.Host.Telemetry;
using Hoop.Identity;
using Hoop.ServiceAccounts;
using Hoop.Shared;
using Hoop.Shared.Callers;
using Hoop.Shared.Configuration;
using Hoop.Shared.Http;
using Hoop.Shared.Memory;
using Hoop.Spiffe;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Hoop.Host;

/// <summary>The gateway: four modules, one authentication scheme, one error model. The table of contents of the process.</summary>
internal static class Gateway
{
    private const long MaxRequestBody = 1024 * 1024;

    /// <summary>Of each connection: what came and nobody has asked for yet, before the sender has to wait.</summary>
    private const long MostUnread = 128 * 1024;

    /// <summary>
    /// Of requests, and of agents' channels. What comes beyond is closed, so that a flood ends in refusals and not in memory.
    /// </summary>
    private const long MaxConnections = 10_000;

    // A bare line feed is no end of a line (RFC 9112 section 2.2 only allows it): what two parsers read differently is an attack.
    static Gateway() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", isEnabled: true);

    /// <summary>The one configuration of the process: appsettings.json beside the program, then the environment.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        return builder;
    }

    /// <summary>As <see cref="Build(WebApplicationBuilder, DatabaseAddress)"/>, on a database that is there already.</summary>
    /// <param name="args">Command-line arguments, read as configuration.</param>
    /// <param name="configure">Last word on configuration and services, for tests.</param>
    /// <exception cref="ConfigurationException">A variable is wrong.</exception>
    public static WebApplication Build(string[] args, Func<WebApplicationBuilder, NpgsqlConnectionStringBuilder> configure)
    {
        var builder = CreateBuilder(args);
        return Build(builder, new DatabaseAddress { Connection = configure(builder) });
    }

    /// <summary>Composes the application; starts nothing.</summary>
    /// <param name="builder">From <see cref="CreateBuilder"/>.</param>
    /// <param name="address">The database; may be filled later, before <see cref="Prepare"/>.</param>
    /// <exception cref="ConfigurationException">A variable is wrong.</exception>
    public static WebApplication Build(WebApplicationBuilder builder, DatabaseAddress address)
    {
        var options = GatewayOptions.From(builder.Configuration);

        builder.Services.AddHoopLogging(options);
        builder.WebHost.UseUrls([.. options.Addresses.Select(address => address.GetLeftPart(UriPartial.Authority))]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBody;
            kestrel.Limits.MaxRequestBufferSize = MostUnread;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = MaxConnections;
        });

        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<IHostLifetime, SignalLifetime>();
        builder.Services.AddSingleton<ListenSockets>();
        builder.Services.AddOptions<SocketTransportOptions>()
            .Configure<ListenSockets>((sockets, listen) => sockets.CreateBoundListenSocket = listen.Take);
        builder.Services.AddSingleton(_ => address.Open());
        builder.Services.AddKeyedSingleton(MemorySession.Listening, (_, _) => address.OpenListening());
        builder.Services.AddKeyedSingleton(MemorySession.Telling, (_, _) => address.OpenForMemory());
        builder.Services.AddHoopShared(builder.Configuration).AddHoopHttp();
        builder.Services.AddIdentity(builder.Configuration);
        builder.Services.AddServiceAccounts(builder.Configuration);
        builder.Services.AddSpiffe(builder.Configuration);
        builder.Services.AddFederation(builder.Configuration);

        builder.Services.AddSingleton<SignInLog>();
        var configuration = builder.Configuration;
        builder.Services.AddSingleton(provider => BadTokens.From(configuration, provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<GatewayMetrics>().AddHostedService(provider => provider.GetRequiredService<GatewayMetrics>());
        builder.Services.AddSingleton<KnownCallers>();
        builder.Services.TryAddSingleton<IStandingCallers>(services => services.GetRequiredService<KnownCallers>());
        builder.Services.TryAddSingleton(_ => BodyBudget.OfGateway());
        builder.Services.AddScoped<CredentialCheck>();
        builder.Services.AddScoped<ICredentialCheck>(provider => provider.GetRequiredService<CredentialCheck>());
        // The framework asks whether its own authorization ran; HoopAuthentication stands in its place.
        builder.Services.Configure<RouteOptions>(routing => routing.SuppressCheckForUnhandledSecurityMetadata = true);
        // A net only: every loop of ours goes on by itself (BackgroundLoops), and one that ends must not take the others and the
        // callers with it.
        builder.Services.Configure<HostOptions>(
            host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore);
        builder.AddHoopTelemetry();
        builder.Services.AddHostedService<LifeLines>();
        builder.Services.AddHoopHealth();
        builder.Services.AddHoopOpenApi();

        var (proxies, docs) = (TrustedProxies.From(builder.Configuration), builder.Configuration.Flag("HOOP_DOCS", fallback: true));
        var app = builder.Build();

        // Or the host puts the framework's authorization before everything, for the policies that the modules bring for other hosts.
        ((IApplicationBuilder)app).Properties["__AuthorizationMiddlewareSet"] = true;
        app.UseMetricsPage();
        proxies.Use(app);
        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<ErrorHandling>();
        app.UseRouting();
        app.UsePagePolicies();
        app.UseMiddleware<PathGuard>();
        app.UseMiddleware<HoopAuthentication>();
        app.UseMiddleware<OversizedBody>();
        app.UseMiddleware<BodyCharset>();
        app.UseMiddleware<HeldBodies>();
        app.UseMiddleware<PathIds>();
        app.UseHoopQueryGuard();

        Welcome.Map(app, docs);
        app.MapHoopHealth();
        app.MapIdentity();
        app.MapServiceAccounts();
        app.MapSpiffe();
        app.MapFederation();
        if (docs)
        {
            app.MapHoopDocs();
        }

        return app;
    }

    /// <summary>
    /// Brings the schema up to date, agrees with the other gateways, and makes the default organization and the admin token exist.
    /// </summary>
    /// <returns>Where the operator's token is.</returns>
    public static async Task<OperatorToken> Prepare(WebApplication app, CancellationToken cancellationToken)
    {
        await app.Services.PrepareHoop(cancellationToken);
        return await BootstrapAdmin.Ensure(app.Services, cancellationToken);
    }

    /// <summary>Starts to listen, then everything that works in the background.</summary>
    /// <exception cref="ConfigurationException">The address is taken or not ours.</exception>
    public static async Task Listen(WebApplication app, CancellationToken cancellationToken)
    {
        var options = app.Services.GetRequiredService<GatewayOptions>();
        var (listen, sockets) = (options.Listen, app.Services.GetRequiredService<ListenSockets>());
        sockets.Bind(listen, "HOOP_LISTEN");
        if (options.MetricsListen is { } metrics)
        {
            sockets.Bind(metrics, "HOOP_METRICS_LISTEN");
        }

        if (ListenSockets.AddressOf(listen) is { } address && !System.Net.IPAddress.IsLoopback(address))
        {
            app.Logger.LogWarning(
                "HOOP_LISTEN is open to the network ({Address}) and speaks plain http, which shows tokens: let only a TLS proxy reach it",
                listen.Authority);
        }

        await app.StartAsync(cancellationToken);
    }
}
