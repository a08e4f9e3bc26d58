using System.Globalization;
using System.Text.Json;
using Bare;
using Npgsql;

// The reference: Kestrel and Npgsql and nothing else. No authentication, no checks, no logging, no mapper, no transaction. The
// statements are handed over by the driver, which takes them from the gateway's own code, so that both sides always run the same text.
var connection = Setting("BARE_DATABASE");
var orgId = Guid.Parse(Setting("BARE_ORG_ID"));
var (resolveSql, createSql, organizationSql) = (Setting("BARE_RESOLVE_SQL"), Setting("BARE_CREATE_SQL"), Setting("BARE_ORGANIZATION_SQL"));

// More candidates than there can be.
const int All = 2049;

await using var database = NpgsqlDataSource.Create(connection);
var statements = new Statements(database, resolveSql, createSql, organizationSql);

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls(Setting("BARE_LISTEN"));
await using var app = builder.Build();

app.MapGet("/plain", (HttpContext context) => context.Response.WriteAsync("ok"));

app.MapGet(
    "/allocated",
    (HttpContext context) => context.Response.WriteAsync(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture)));

app.MapPost("/api/spiffe-mappings/resolve", (RequestDelegate)(async context =>
{
    var question = await JsonSerializer.DeserializeAsync(context.Request.Body, BareJson.Default.Question, context.RequestAborted);
    await Answer(context, await statements.Resolve(orgId, question!.SpiffeId!, All, context.RequestAborted));
}));

// What the gateway reads for an agent that asks who it is: the mapping of its identity, then the name of its organization.
app.MapPost("/who", (RequestDelegate)(async context =>
{
    var question = await JsonSerializer.DeserializeAsync(context.Request.Body, BareJson.Default.Question, context.RequestAborted);
    await statements.OrganizationName(orgId, context.RequestAborted);
    await Answer(context, await statements.Resolve(orgId, question!.SpiffeId!, 1, context.RequestAborted));
}));

app.MapPost("/api/spiffe-mappings", (RequestDelegate)(async context =>
{
    var input = await JsonSerializer.DeserializeAsync(context.Request.Body, BareJson.Default.NewMapping, context.RequestAborted);
    var created = await statements.Create(orgId, input!, context.RequestAborted);
    context.Response.StatusCode = created is null ? StatusCodes.Status409Conflict : StatusCodes.Status201Created;
    if (created is not null)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await JsonSerializer.SerializeAsync(context.Response.Body, created, BareJson.Default.Mapping, context.RequestAborted);
    }
}));

// What a gateway does for a bearer token: known ones by their hash, others by their signature and then by a row and the organization.
var tokens = new Tokens(Environment.GetEnvironmentVariable("BARE_JWT_KEY"));
app.MapGet("/token/seen", (RequestDelegate)(context => tokens.Known(context.Request.Headers.Authorization.ToString())
    ? context.Response.WriteAsync("bench")
    : Refuse(context)));
app.MapGet("/token/first", (RequestDelegate)(async context =>
{
    if (!tokens.Verify(context.Request.Headers.Authorization.ToString()))
    {
        await Refuse(context);
        return;
    }

    await statements.Account(orgId, "https://bench.example", "bench-robot", context.RequestAborted);
    await statements.OrganizationName(orgId, context.RequestAborted);
    await context.Response.WriteAsync("bench");
}));

var any = new AnySql(
    database, orgId, JsonSerializer.Deserialize(Setting("BARE_STATEMENTS"), BareJson.Default.DictionaryStringString)!);
app.MapPost("/sql", (RequestDelegate)(async context =>
{
    using var work = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
    context.Response.ContentType = "application/json; charset=utf-8";
    await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
    await any.Run(work.RootElement, writer, context.RequestAborted);
}));

await app.RunAsync();

static Task Answer(HttpContext context, Resolution resolution)
{
    context.Response.ContentType = "application/json; charset=utf-8";
    return JsonSerializer.SerializeAsync(context.Response.Body, resolution, BareJson.Default.Resolution, context.RequestAborted);
}

static Task Refuse(HttpContext context)
{
    context.Response.StatusCode = StatusCodes.Status401Unauthorized;
    return Task.CompletedTask;
}

static string Setting(string name) =>
    Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set; bench.sh starts this program.");
