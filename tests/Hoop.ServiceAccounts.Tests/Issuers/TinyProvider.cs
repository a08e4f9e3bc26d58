using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>An identity provider that serves one discovery document and one key set, byte for byte as they are given.</summary>
internal sealed class TinyProvider : IAsyncDisposable
{
    private readonly WebApplication _application;

    private TinyProvider(WebApplication application) => _application = application;

    public string Issuer => _application.Urls.Single();

    public static async Task<TinyProvider> Start(string keySet, string mark)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var provider = new TinyProvider(builder.Build());
        provider._application.MapGet("/.well-known/openid-configuration", () =>
            Results.Text($$"""{{mark}}{"issuer":"{{provider.Issuer}}","jwks_uri":"{{provider.Issuer}}/jwks"}""", "application/json"));
        provider._application.MapGet("/jwks", () => Results.Text(keySet, "application/json"));
        await provider._application.StartAsync();
        return provider;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
