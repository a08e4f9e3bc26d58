using Microsoft.OpenApi;

namespace Hoop.Host;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and the page that browses it at <c>/docs</c>.</summary>
internal static class OpenApi
{
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

    public static void UseHoopDocs(this WebApplication app) => app.UseSwaggerUI(page =>
    {
        page.RoutePrefix = "docs";
        page.DocumentTitle = "Hoop API";
        page.SwaggerEndpoint("/openapi/v1.json", "Hoop");
    });
}
