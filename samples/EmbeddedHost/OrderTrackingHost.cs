using Hoop.Identity;
using Hoop.Identity.Contracts;
using Hoop.Shared;
using Hoop.Shared.Data;
using Hoop.Shared.Http;
using Hoop.Spiffe;
using MediatR;
using Microsoft.AspNetCore.Authentication;
using Npgsql;

namespace OrderTracking;

/// <summary>
/// A product that tracks orders, and takes two modules of Hoop into its own process: who exists (Identity) and which scanners are
/// agents (Spiffe).
/// </summary>
public static class OrderTrackingHost
{
    /// <summary>Composes the application; starts nothing.</summary>
    /// <param name="args">Command-line arguments, read as configuration.</param>
    /// <param name="configure">Last word on configuration, for tests.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        configure?.Invoke(builder);

        // The host's own database and its own key for it. Hoop takes whatever data source is registered.
        var connection = builder.Configuration.GetConnectionString("OrderTracking")
            ?? throw new InvalidOperationException("ConnectionStrings:OrderTracking is missing; name the PostgreSQL database of this host");
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(connection));

        builder.Services.AddHoopShared(builder.Configuration).AddHoopHttp();
        builder.Services.AddIdentity(builder.Configuration);
        builder.Services.AddSpiffe(builder.Configuration);

        // The host's own authentication. The modules ask only for the Caller that it signs in.
        builder.Services.AddAuthentication(BadgeAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, BadgeAuthentication>(BadgeAuthentication.SchemeName, _ => { });

        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseWebSockets();
        app.MapIdentity();
        app.MapSpiffe();
        Orders.Map(app);
        return app;
    }

    /// <summary>Applies the migrations of the two modules, and makes their default organization exist.</summary>
    public static async Task Prepare(WebApplication app, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(app);
        await app.Services.GetRequiredService<Migrator>().Apply(cancellationToken);

        // The bootstrap token that this makes is dropped unread: here people show a badge.
        await using var scope = app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ISender>().Send(new EnsureBootstrap(AdminToken: null), cancellationToken);
    }
}
