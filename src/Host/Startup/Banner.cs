namespace Hoop.Host.Startup;

/// <summary>What a new user reads first: the address, where the token is, what to try.</summary>
internal static class Banner
{
    public static void Print(WebApplication app, OperatorToken token)
    {
        var options = app.Services.GetRequiredService<GatewayOptions>();
        var address = app.Urls.First();
        if (options.JsonLogs)
        {
            // Machines read this output: every line of it is an object.
            app.Services.GetRequiredService<ILogger<GatewayOptions>>().LogInformation("Hoop is ready at {Address}", address);
            return;
        }

        Console.WriteLine($"""

            Hoop is ready at {address}   (API page: {address}/docs)
            Admin token: {Place(token)}

            Try next:
              curl -s {address}/healthz/ready
              HOOP_TOKEN={Reading(token)} ./hoop config create --api-url {address}
              ./hoop admin get agents

            """);
    }

    public static string Place(OperatorToken token) => token switch
    {
        { File: { } file } => file,
        { IsGiven: true } => "as set by HOOP_ADMIN_TOKEN",
        _ => "as set by another gateway or an earlier start; set HOOP_ADMIN_TOKEN to replace it",
    };

    private static string Reading(OperatorToken token) => token switch
    {
        { File: { } file } => $"$(cat '{file}')",
        { IsGiven: true } => "$HOOP_ADMIN_TOKEN",
        _ => "<the operator's token>",
    };
}
