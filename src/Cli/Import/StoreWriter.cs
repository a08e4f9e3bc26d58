using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Import;

/// <summary>What the gateway said to a write: its data, or why it refuses.</summary>
internal sealed record Stored(JsonElement? Data, string? Problem, IReadOnlyList<string> Warnings);

/// <summary>The identity store of the gateway, below <c>/v1</c>.</summary>
internal sealed class StoreWriter(Api api)
{
    /// <summary>What a lookup finds, or null.</summary>
    public async Task<JsonElement?> Lookup(string kind, CancellationToken stop, params (string Name, string Value)[] by)
    {
        var body = new JsonObject();
        foreach (var (name, value) in by)
        {
            body[name] = value;
        }

        return (await Send($"identity/lookup/{kind}", body, stop)).Data;
    }

    /// <summary>What stands at a path, or null.</summary>
    public async Task<JsonElement?> Read(string path, CancellationToken stop)
    {
        var answer = await api.V1(HttpMethod.Get, path, stop);
        Demand(answer, path);
        return answer.IsGood ? answer.Object.Member("data") : null;
    }

    public Task<Stored> Write(string path, JsonObject body, CancellationToken stop) => Send(path, body, stop);

    /// <exception cref="CliFailure">Nothing of this kind could be written: there is no point in going on.</exception>
    private async Task<Stored> Send(string path, JsonObject body, CancellationToken stop)
    {
        var answer = await api.V1(HttpMethod.Post, path, stop, body);
        Demand(answer, path);
        return answer switch
        {
            { IsGood: false } => new Stored(Data: null, VaultSource.Told(answer.Text), []),
            { IsEmpty: true } => new Stored(Data: null, Problem: null, []),
            _ => new Stored(answer.Object.Member("data"), Problem: null, answer.Object.Texts("warnings")),
        };
    }

    private static void Demand(Answer answer, string path)
    {
        switch (answer.Status)
        {
            case HttpStatusCode.Unauthorized:
                throw Refusal.Of(answer);
            case HttpStatusCode.Forbidden:
                throw new CliFailure($"the gateway refuses {path} (403): importing needs the admin role. Who you are: hoop admin get userinfo");
            case >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests:
                throw new CliFailure(
                    $"the gateway cannot take {path}: {VaultSource.Told(answer.Text)} ({(int)answer.Status}). Run the same again to go on");
        }
    }
}
