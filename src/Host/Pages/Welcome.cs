using System.Security.Cryptography;
using System.Text;
using Hoop.Host.Logging;
using Hoop.Host.OpenApi;

namespace Hoop.Host.Pages;

/// <summary>GET /. What this is and where to go, for whoever opens the address: a page for browsers, JSON for programs.</summary>
internal static class Welcome
{
    private const string Style =
        "body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#222}code{background:#eee;padding:.1rem .3rem}";

    private static readonly PagePolicy Policy = new(
        $"style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'");

    public static void Map(IEndpointRouteBuilder routes, bool docs)
    {
        var (page, links) = (
            PageOf(docs), new Links("hoop", docs ? ApiDocument.Page : null, docs ? ApiDocument.Document : null, "/healthz/ready"));
        routes.MapMethods(
            "/",
            ["GET", "HEAD"],
            (HttpRequest request) => WantsPage(request) ? Results.Content(page, "text/html; charset=utf-8") : Results.Ok(links))
            .AllowAnonymous()
            .WithMetadata(Policy, QuietRoute.Metadata)
            .ExcludeFromDescription();
    }

    /// <summary>Paths; null where the operator has switched the page off.</summary>
    private sealed record Links(string Name, string? Docs, string? Openapi, string Health);

    private static bool WantsPage(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));

    private static string PageOf(bool docs) => $"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Hoop</title><style>{Style}</style></head>
        <body>
        <h1>Hoop</h1>
        <p>An identity gateway: who is calling, and which short-lived credentials may this caller have?</p>
        <ul>
        {(docs ? $"""<li><a href="{ApiDocument.Page}">The API, to read and to try</a>, and <a href="{ApiDocument.Document}">its OpenAPI document</a></li>""" : "")}
        <li><a href="/healthz/ready">Is it ready?</a></li>
        <li>From a terminal: <code>hoop config create --api-url &lt;this address&gt;</code></li>
        </ul>
        </body>
        </html>
        """;
}
