namespace Hoop.Host.Pages;

/// <summary>
/// What every answer tells browsers: guess no type, frame it nowhere, send no address along, keep nothing. A page says what it needs
/// beyond that with <see cref="PagePolicy"/> on its route.
/// </summary>
internal static class AnswerHeaders
{
    private const string Nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Sets them; once when a request begins, and again when its answer was thrown away or its route is known.</summary>
    public static void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = context.GetEndpoint()?.Metadata.GetMetadata<PagePolicy>()?.ContentSecurityPolicy ?? Nothing;

        // Every answer is about one caller at one moment, and some hold a secret that is shown once.
        headers.CacheControl = "no-store";
    }

    /// <summary>After routing: gives a page the policy of its route.</summary>
    public static void UsePagePolicies(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<PagePolicy>() is not null)
        {
            Set(context);
        }

        return next(context);
    });
}

/// <summary>The <c>Content-Security-Policy</c> of a route that answers with a page.</summary>
/// <param name="sources">Directives beyond the closed ones.</param>
internal sealed class PagePolicy(string sources)
{
    public string ContentSecurityPolicy { get; } =
        $"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}
