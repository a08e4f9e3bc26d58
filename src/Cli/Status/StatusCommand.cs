using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Status;

/// <summary><c>hoop status</c>: is the gateway there, is it well, and who am I to it? The exit code is 0 when all of it is good.</summary>
internal static class StatusCommand
{
    private const string Ready = "/healthz/ready";

    public static Command Command() => new Verb("status", "Whether the gateway is there and well, and who you are to it")
    {
        Call.Output, Call.Timeout,
    }.With("""
        hoop status
        hoop status -o json
        """).For("GET /api/healthz", "GET /healthz/ready").Does(async call =>
    {
        // Without a body worth reading: it is what the load balancers of hoop's clients ask.
        var alive = await call.Api.Try(hoop => hoop.Server.GetHealth(call.Stop));
        var health = await call.Api.Try(hoop => hoop.Server.GetReadiness(call.Stop));
        var body = Parsed(health);
        var (me, problem) = await WhoAmI(call);
        var info = me is null ? null : await call.Api.Try(hoop => hoop.Server.GetInfo(call.Stop));
        var version = info is { IsGood: true } ? info.Object.Text("version") : null;
        var isReady = alive.IsGood && health.IsGood;
        if (call.Json)
        {
            call.Raw(AsJson(call, isReady, version, body, me, problem).ToJsonString());
        }
        else
        {
            call.Labels(
                ("Gateway", call.Settings.ApiUrl.AbsoluteUri.TrimEnd('/')),
                ("Version", version ?? "told to those who are signed in"),
                ("This Client", HoopCommand.Version),
                ("Ready", isReady ? "yes" : "NO"),
                ("Health", body.Text("status") ?? $"{Ready} answers {(int)health.Status}"));
            foreach (var (check, state, why) in Troubles(body))
            {
                call.Labels(($"  {check}", why is null ? state : $"{state}: {why}"));
            }

            call.Labels(
                ("Signed In As", me is { } caller ? $"{caller.Text("name")} ({caller.Text("kind")}), role {caller.Text("role")}" : problem),
                ("Organization", me?.Text("org_name")),
                ("Until", me?.Text("expires_at")));
        }

        if (version is not null && version != HoopCommand.Version)
        {
            call.Note($"the gateway is of version {version}, and this client of {HoopCommand.Version}");
        }

        return isReady && me is not null ? 0 : 1;
    });

    private static JsonObject AsJson(
        Call call, bool isReady, string? version, JsonElement health, JsonElement? me, string? problem) => new()
    {
        ["gateway"] = call.Settings.ApiUrl.AbsoluteUri.TrimEnd('/'),
        ["version"] = version,
        ["client_version"] = HoopCommand.Version,
        ["ready"] = isReady,
        ["health"] = health.ValueKind == JsonValueKind.Object ? JsonNode.Parse(health.GetRawText()) : null,
        ["caller"] = me is { } caller ? JsonNode.Parse(caller.GetRawText()) : null,
        ["problem"] = problem,
    };

    private static async Task<(JsonElement? Me, string? Problem)> WhoAmI(Call call)
    {
        try
        {
            return ((await call.Api.Do(hoop => hoop.Server.GetUserInfo(call.Stop))).Object, null);
        }
        catch (CliFailure failure)
        {
            return (null, failure.Message);
        }
    }

    /// <summary>The checks that are not well.</summary>
    private static IEnumerable<(string Check, string State, string? Why)> Troubles(JsonElement health) => health.Members("checks")
        .Where(check => check.Value.Text("status") is not ("ok" or "healthy" or "Healthy"))
        .Select(check => (check.Name, check.Value.Text("status") ?? "?", check.Value.Text("description")));

    private static JsonElement Parsed(Answer answer)
    {
        try
        {
            return JsonElement.Parse(answer.Text);
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
