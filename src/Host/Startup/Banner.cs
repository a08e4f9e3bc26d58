namespace Hoop.Host.Startup;

/// <summary>What a new user reads first: the address, where the token is, what to try.</summary>
internal static class Banner
{
    public static void Print(WebApplication app)
    {
        var options = app.Services.GetRequiredService<GatewayOptions>();
        var address = app.Urls.First();
        if (options.JsonLogs)
        {
            // Machines read this output: every line of it is an object.
            app.Services.GetRequiredService<ILogger<GatewayOptions>>().LogInformation("Hoop is ready at {Address}", address);
            return;
        }

        var token = BootstrapAdmin.FileIn(options.DataDirectory);
        Console.WriteLine($"""

            Hoop is ready at {address}   (API page: {address}/docs)
            Admin token: {(options.AdminToken is null ? token : "as set by HOOP_ADMIN_TOKEN")}

            Try next:
              curl -s {address}/healthz/ready
              HOOP_TOKEN=$({(options.AdminToken is null ? $"cat '{token}'" : "echo $HOOP_ADMIN_TOKEN")}) ./hoop config create --api-url {address}
              ./hoop admin get agents

            """);
    }
}
