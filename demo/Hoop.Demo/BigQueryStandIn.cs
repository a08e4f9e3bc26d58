using System.Text.Json;
using Hoop.StandIns;

namespace Hoop.Demo;

/// <summary>
/// Stand-in for <c>bq query</c>, run by the agent: takes the access token that the session was given to <see cref="GoogleStandIn"/>,
/// and answers two statements of GoogleSQL with a table. What it shows is what Google knows about the token, not what the gateway says.
/// </summary>
internal static class BigQueryStandIn
{
    public static async Task<int> Run(string[] arguments)
    {
        if (arguments is not ["query", ..])
        {
            return await Fail("usage: bq query [--use_legacy_sql=false] (the statement comes on standard input)");
        }

        if (Environment.GetEnvironmentVariable("HOOP_GCP_ACCESS_TOKEN") is not { Length: > 0 } token)
        {
            return await Fail("no HOOP_GCP_ACCESS_TOKEN: the session has no federated credential");
        }

        if (Environment.GetEnvironmentVariable("GOOGLE_STAND_IN") is not { Length: > 0 } google)
        {
            return await Fail("GOOGLE_STAND_IN must be the address of the Google stand-in");
        }

        var statement = (await Console.In.ReadToEndAsync()).Trim().TrimEnd(';');
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using var answer = await http.GetAsync($"{google}/tokeninfo?access_token={Uri.EscapeDataString(token)}");
        if (!answer.IsSuccessStatusCode)
        {
            return await Fail($"Google does not know this access token ({(int)answer.StatusCode})");
        }

        using var info = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var principal = info.RootElement.GetProperty("email").GetString()!;
        switch (statement)
        {
            case "SELECT 1":
                Table("f0_", "1");
                return 0;
            case "SELECT SESSION_USER()":
                Table("f0_", principal);
                return 0;
            default:
                return await Fail($"the stand-in knows SELECT 1 and SELECT SESSION_USER(), not: {statement}");
        }
    }

    private static void Table(string column, string value)
    {
        var width = Math.Max(column.Length, value.Length);
        var rule = $"+{new string('-', width + 2)}+";
        Console.WriteLine(rule);
        Console.WriteLine($"| {column.PadRight(width)} |");
        Console.WriteLine(rule);
        Console.WriteLine($"| {value.PadRight(width)} |");
        Console.WriteLine(rule);
    }

    private static async Task<int> Fail(string message)
    {
        await Console.Error.WriteLineAsync($"bq: {message}");
        return 1;
    }
}
