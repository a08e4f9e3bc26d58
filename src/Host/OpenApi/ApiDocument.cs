using Hoop.Host.Logging;
using Hoop.Host.Pages;
using Microsoft.OpenApi;

namespace Hoop.Host.OpenApi;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and the page that browses it at <c>/docs</c>.</summary>
internal static class ApiDocument
{
    public const string Document = "/openapi/v1.json";
    public const string Page = "/docs";

    // Its script sets styles on its elements, and draws two icons from data addresses.
    private static readonly PagePolicy Policy = new(
        "script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'");

    private static readonly Dictionary<string, string> Tags = new(StringComparer.Ordinal)
    {
        ["ACL policies"] = "What a Vault token may do, path by path.",
        ["Agents"] = "Programs beside the data that work for the gateway, and their keys.",
        ["API tokens"] = "Opaque tokens of an organization, shown once.",
        ["Audit trail"] = "Who did what, when, from where.",
        ["Auth mounts"] = "What vouches for the names of entities: Vault's auth methods.",
        ["Callers"] = "Who am I, and what is this gateway?",
        ["Connections"] = "What people connect to, and the agent that reaches it.",
        ["Entities"] = "The identity store, as Vault's clients know it.",
        ["Entity aliases"] = "Which credentials are one entity.",
        ["Feature flags"] = "What an organization has switched on.",
        ["Federation"] = "Short-lived cloud credentials for each user of a connection.",
        ["Groups"] = "Entities and groups together, and the policies that all of them get.",
        ["Health"] = "For probes and operators; open to everybody.",
        ["Identity tokens"] = "Signed statements of who an entity is, and the documents that verify them.",
        ["Organizations"] = "Tenants, for the operator.",
        ["People"] = "Who signs in at the organization's identity provider.",
        ["Personal API tokens"] = "Tokens that somebody makes for programs of their own.",
        ["Secret mounts"] = "What Vault's clients ask before they use a path.",
        ["Issuers"] = "Identity providers whose access tokens are an organization's accounts.",
        ["Service accounts"] = "Automation that signs in with an identity provider's access tokens.",
        ["Sessions"] = "Work of people on connections, while it runs and afterwards.",
        ["Signing in"] = "From the identity provider's answer to a caller; open to everybody.",
        ["Signing in at a mount"] = "Vault's doors: a token of the mount's issuer, or an SVID, becomes a Vault token.",
        ["SPIFFE mappings"] = "Which agent a SPIFFE identity is.",
        ["Trust domains"] = "Whose JWT-SVIDs are believed, and where their keys come from.",
        ["Vault tokens"] = "Tokens as Vault's clients make, renew and revoke them.",
    };

    public static IServiceCollection AddHoopOpenApi(this IServiceCollection services)
    {
        services.AddSingleton<XmlDocs>();
        return services.AddOpenApi(openApi =>
        {
            openApi.CreateSchemaReferenceId = SchemaNames.Of;
            openApi.AddSchemaTransformer<SchemaTexts>();
            openApi.AddOperationTransformer<OperationTexts>();
            openApi.AddDocumentTransformer((document, _, _) =>
            {
                Introduce(document);
                return Task.CompletedTask;
            });
        });
    }

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

    private static void Introduce(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Hoop",
            Version = typeof(ApiDocument).Assembly.GetName().Version!.ToString(3),
            Description = "Who is calling, and which short-lived credentials may this caller have? /api follows hoop, /v1 follows Vault.",
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new OpenApiServer { Url = "/", Description = "This gateway" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            ["bearer"] =
                new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "API token, JWT-SVID, access token or agent key"
                },
            ["vault"] =
                new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Header,
                    Name = "X-Vault-Token",
                    Description = "The same tokens, as Vault's clients send them"
                },
        };
        document.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("vault", document)] = [] },
        ];
        foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>())
        {
            tag.Description = Tags.GetValueOrDefault(tag.Name ?? "");
        }
    }
}
