using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Hoop.Bench;

/// <summary>
/// Bytes from a command on an agent to the standard output of <c>hoop exec</c>: gateway, agent and caller each a process of its own, and
/// two connections. Beside it the same bytes through one bare socket of loopback.
/// </summary>
internal static class StreamBench
{
    private const string Agent = "bench-stream";
    private const string Connection = "bench-stream";
    private const double Million = 1_000_000;

    private static readonly string Program = Path.Combine(Folders.Root, "src/Cli/bin/Release/net10.0/hoop.dll");

    public static async Task<Figure> Run(Plan plan, Bed bed, HttpClient client, CancellationToken cancellationToken)
    {
        var key = await Prepare(plan, client, cancellationToken);
        using var agent = Process.Start(Start("start", "agent", ("HOOP_KEY", key)))!;
        try
        {
            _ = agent.StandardOutput.ReadToEndAsync(cancellationToken);
            _ = agent.StandardError.ReadToEndAsync(cancellationToken);
            await Online(client, cancellationToken);
            var (streamed, bare) = (new List<Sample>(), new List<Sample>());
            for (var round = 0; round < plan.Rounds; round++)
            {
                streamed.Add(await Exec(plan, bed, client, cancellationToken));
                bare.Add(await Bare(plan, cancellationToken));
                Progress.Say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"federation: {streamed[^1].PerSecond:0} MB/s through a session, {bare[^1].PerSecond:0} MB/s through a socket"));
            }

            return new Series("session, MB/s", streamed).Over(
                new Series("bare socket, MB/s", bare), "federation.stream", "bytes a second of hoop exec ÷ bare socket");
        }
        finally
        {
            agent.Kill(entireProcessTree: true);
            await agent.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<string> Prepare(Plan plan, HttpClient client, CancellationToken cancellationToken)
    {
        var created = await FederationBench.Send(client, HttpMethod.Post, "/api/agents", new { name = Agent }, cancellationToken);
        string[] command = ["head", "-c", plan.Streamed.ToString(CultureInfo.InvariantCulture), "/dev/zero"];
        await FederationBench.Send(
            client, HttpMethod.Post, "/api/connections",
            new { name = Connection, type = "custom", command, agent_id = created.GetProperty("id").GetString() }, cancellationToken);
        return created.GetProperty("token").GetString()!;
    }

    private static async Task Online(HttpClient client, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while ((await Get(client, $"/api/agents/{Agent}", cancellationToken)).GetProperty("status").GetString() != "CONNECTED")
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(60))
            {
                throw new BenchException("the agent does not connect");
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>By the session's row, so that the start of the program does not count.</summary>
    private static async Task<Sample> Exec(Plan plan, Bed bed, HttpClient client, CancellationToken cancellationToken)
    {
        using var exec = Process.Start(Start(
            "exec", Connection, ("HOOP_APIURL", bed.Gateway.Address.AbsoluteUri), ("HOOP_TOKEN", Bed.AdminToken)))!;
        exec.StandardInput.Close();
        var errors = exec.StandardError.ReadToEndAsync(cancellationToken);
        var came = 0L;
        var buffer = new byte[128 * 1024];
        for (int read; (read = await exec.StandardOutput.BaseStream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            came += read;
        }

        await exec.WaitForExitAsync(cancellationToken);
        if (exec.ExitCode != 0 || came != plan.Streamed)
        {
            throw new BenchException($"hoop exec ended with {exec.ExitCode} after {came} bytes: {await errors}");
        }

        var row = (await Get(client, $"/api/sessions?connection={Connection}&page_size=1", cancellationToken))[0];
        var took = row.GetProperty("ended_at").GetDateTime() - row.GetProperty("started_at").GetDateTime();
        return new Sample(came / Million / took.TotalSeconds, null, null, null, null);
    }

    private static async Task<Sample> Bare(Plan plan, CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sender = new TcpClient();
        var connecting = sender.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancellationToken);
        using var receiver = await listener.AcceptTcpClientAsync(cancellationToken);
        await connecting;
        var watch = Stopwatch.StartNew();
        var sending = Task.Run(
            async () =>
            {
                var piece = new byte[128 * 1024];
                for (var left = plan.Streamed; left > 0; left -= Math.Min(left, piece.Length))
                {
                    await sender.Client.SendAsync(piece.AsMemory(0, (int)Math.Min(left, piece.Length)), cancellationToken);
                }
            },
            cancellationToken);
        var buffer = new byte[128 * 1024];
        for (var left = plan.Streamed; left > 0;)
        {
            left -= await receiver.Client.ReceiveAsync(buffer, cancellationToken);
        }

        await sending;
        return new Sample(plan.Streamed / Million / watch.Elapsed.TotalSeconds, null, null, null, null);
    }

    private static async Task<JsonElement> Get(HttpClient client, string path, CancellationToken cancellationToken) =>
        JsonElement.Parse(await client.GetStringAsync(new Uri(path, UriKind.Relative), cancellationToken));

    private static ProcessStartInfo Start(string verb, string name, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(Tool.Find("dotnet") ?? Environment.ProcessPath!, [Program, verb, name])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            WorkingDirectory = Folders.Scratch,
        };
        foreach (var variable in start.Environment.Keys.Where(one => one.StartsWith("HOOP_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["HOME"] = Folders.Scratch;
        foreach (var (variable, value) in variables)
        {
            start.Environment[variable] = value;
        }

        return start;
    }
}
