using Hoop.Host.Logging;
using Hoop.Host.Pages;
using Microsoft.OpenApi;

namespace Hoop.Host;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and the page that browses it at <c>/docs</c>.</summary>
internal static class OpenApi
{
    public const string Document = "/openapi/v1.json";
    public const string Page = "/docs";

    // Its script sets styles on its elements, and draws two icons from data addresses.
    private static readonly PagePolicy Policy = new("script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'");

    public static IServiceCollection AddHoopOpenApi(this IServiceCollection services) => services.AddOpenApi(openApi => openApi.AddDocumentTransformer((document, _, _) =>
    {
        document.Info = new OpenApiInfo
        {
            Title = "Hoop",
            Version = typeof(OpenApi).Assembly.GetName().Version!.ToString(3),
            Description = "Who is calling, and which short-lived credentials may this caller have? /api follows hoop, /v1 follows Vault.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "API token, JWT-SVID or access token" },
            ["vault"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Vault-Token", Description = "The same tokens, as Vault's clients send them" },
        };
        document.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("vault", document)] = [] },
        ];
        return Task.CompletedTask;
    }));

    public static void MapHoopDocs(this WebApplication app)
    {
        app.MapOpenApi(Document).AllowAnonymous().WithMetadata(QuietRoute.Metadata);
        app.MapSwaggerUI(Page.TrimStart('/'), page =>
            {
                page.DocumentTitle = "Hoop API";
                page.SwaggerEndpoint(Document, "Hoop");
            })
            .AllowAnonymous()
            .WithMetadata(Policy, QuietRoute.Metadata);
    }
}
