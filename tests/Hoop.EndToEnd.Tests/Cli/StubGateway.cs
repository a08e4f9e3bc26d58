using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>A request as it came: <c>METHOD /path?query</c>, the raw target, and the body when it is JSON.</summary>
internal sealed record Seen(string Line, string? Authorization, JsonElement Body);

/// <summary>Answers what a test laid down, and remembers what was asked.</summary>
internal sealed class StubGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dictionary<string, (int Status, string Body, string? Header)> _answers = new(StringComparer.Ordinal);

    private StubGateway(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public List<Seen> Requests { get; } = [];

    /// <param name="certificate">Speaks https with it, as <c>localhost</c>.</param>
    public static async Task<StubGateway> Start(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(
                kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate));
        }

        var app = builder.Build();
        app.Urls.Add(certificate is null ? "http://127.0.0.1:0" : "https://127.0.0.1:0");
        var stub = new StubGateway(app);
        app.Run(stub.Answer);
        await app.StartAsync();
        return stub;
    }

    /// <param name="line">Such as <c>GET /api/agents</c>.</param>
    /// <param name="header">One header of the answer, as <c>Name: value</c>.</param>
    public StubGateway On(string line, int status, string body = "", string? header = null)
    {
        _answers[line] = (status, body, header);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task Answer(HttpContext context)
    {
        var line = $"{context.Request.Method} {context.Features.Get<IHttpRequestFeature>()!.RawTarget}";
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        lock (Requests)
        {
            var json = body.Length > 0 && context.Request.HasJsonContentType() ? JsonElement.Parse(body) : default;
            Requests.Add(new Seen(line, context.Request.Headers.Authorization, json));
        }

        var (status, answer, header) = _answers.GetValueOrDefault(line, (404, """{"message":"no route","code":"no_route"}""", null));
        context.Response.StatusCode = status;
        if (header?.Split(": ", 2) is [var name, var value])
        {
            context.Response.Headers[name] = value;
        }

        if (answer.Length > 0)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer);
        }
    }
}
