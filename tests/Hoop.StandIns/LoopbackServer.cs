using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.StandIns;

/// <summary>A web server at 127.0.0.1, on a port that the system picks. Says nothing and drops open requests when it is disposed.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly CancellationTokenSource _stopping = new();

    private LoopbackServer(WebApplication application) => _application = application;

    /// <summary>Scheme, address and port, without a final slash.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Cancelled when the server is disposed: answers that hang wait for it.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public static async Task<LoopbackServer> Start(Action<LoopbackServer, WebApplication> map, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], EnvironmentName = Environments.Production });
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Services.AddRequestDecompression();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, port);
        });
        var application = builder.Build();
        var server = new LoopbackServer(application);
        map(server, application);
        await application.StartAsync();
        server.Address = application.Urls.Single();
        return server;
    }

    /// <summary>Never answers: ends when the client gives up or the server stops.</summary>
    public async Task Hang(HttpContext context)
    {
        await Wait(context, Timeout.InfiniteTimeSpan);
        context.Abort();
    }

    /// <summary>Waits, but no longer than client and server live.</summary>
    public async Task Wait(HttpContext context, TimeSpan time)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, Stopping);
        await Task.Delay(time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Sends the whole body, one byte after the other; no longer than client and server live.</summary>
    public async Task Drip(HttpContext context, byte[] body, TimeSpan pause)
    {
        (context.Response.ContentType, context.Response.ContentLength) = ("application/json; charset=UTF-8", body.Length);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, Stopping);
        for (var sent = 0; sent < body.Length && !either.IsCancellationRequested; sent++)
        {
            await context.Response.Body.WriteAsync(body.AsMemory(sent, 1), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Wait(context, pause);
        }
    }

    /// <summary>Promises the whole body, sends half of it, and cuts the connection.</summary>
    public static async Task Cut(HttpContext context, byte[] body)
    {
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);

        // The reset would overtake what the client has not read yet, and no answer at all is another fault.
        await Task.Delay(TimeSpan.FromMilliseconds(100), context.RequestAborted);
        context.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _application.StopAsync();
        await _application.DisposeAsync();
        _stopping.Dispose();
    }
}
