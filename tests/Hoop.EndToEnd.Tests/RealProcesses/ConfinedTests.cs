using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>
/// The programs as the systemd units start them, as far as that goes without systemd: user, no new privileges, no capabilities, everything
/// read-only, private /tmp and home, umask, limits, credentials and environment are those of the unit. What is not applied is printed.
/// </summary>
[Description("C13, C15: .NET did not start on a read-only file system; units were written and never started")]
internal sealed class ConfinedTests : IDisposable
{
    private const string AdminToken = "confined-admin-token-0123456789";
    private const int Nobody = 65532;

    // Applied by Script below; the others need systemd.
    private static readonly string[] Applied =
    [
        "ExecStart", "EnvironmentFile", "LoadCredential", "Environment", "DynamicUser", "User", "Group", "NoNewPrivileges",
        "CapabilityBoundingSet", "AmbientCapabilities", "ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateMounts", "UMask", "LimitCORE",
        "StateDirectory", "StateDirectoryMode",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-confined-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task The_gateway_serves_under_the_hardening_of_its_unit()
    {
        await using var database = DatabaseProxy.To(await TestPostgres.CreateEmptyDatabase());
        var port = FreePort();
        using var gateway = Start("hoop-gateway.service", RunningGateway.Program, [], new()
        {
            ["database-url"] = database.Connection.ConnectionString,
            ["encryption-key"] = TestGateway.EncryptionKey,
            ["admin-token"] = AdminToken,
        }, ("HOOP_LISTEN", $"http://127.0.0.1:{port}"));
        using var http = await Ready(gateway, port);

        var made = await http.Post("/api/agents", new { name = "confined" });
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Message);
        await End(gateway);
    }

    [Test]
    public async Task An_agent_runs_commands_under_the_hardening_of_its_unit()
    {
        await using var gateway = await RunningGateway.Start(_folder, await TestPostgres.CreateEmptyDatabase());
        var agent = await gateway.Operator.Post("/api/agents", new { name = "confined" });
        using var process = Start(
            "hoop-agent.service", typeof(Hoop.Cli.Agent.AgentOptions).Assembly.Location, ["start", "agent"],
            new() { ["agent-key"] = agent.Text("token")! }, ("HOOP_APIURL", gateway.Address.OriginalString));
        await Eventually.True(
            async () => (await gateway.Operator.Get("/api/agents/confined")).Text("status") == "CONNECTED",
            () => $"the agent does not connect: {(process.HasExited ? process.StandardError.ReadToEnd() : "it runs")}",
            ChildProcess.Limit);
        await gateway.Operator.Post("/api/connections", new
        {
            name = "shell",
            type = "custom",
            agent_id = agent.Text("id"),
            command = new[] { "sh" },
        });

        var session = await gateway.Operator.Post("/api/sessions", new
        {
            connection = "shell",
            script = "id -u; getent hosts localhost >/dev/null && echo resolves; touch /usr/x 2>/dev/null || echo read-only; touch $HOME/x && echo state; "
                + "grep -E '^(NoNewPrivs|CapBnd)' /proc/self/status",
        });

        Assert.That(
            session.Text("output"),
            Is.EqualTo($"{Nobody}\nresolves\nread-only\nstate\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n")
                .Or.EqualTo($"{Nobody}\nresolves\nread-only\nstate\nNoNewPrivs:\t1\nCapBnd:\t0000000000000000\n"),
            session.Body.GetRawText());
        await End(process);
    }

    private static async Task<HttpClient> Ready(Process gateway, int port)
    {
        var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        await Eventually.True(
            async () =>
            {
                try
                {
                    return gateway.HasExited || (await http.Get("/healthz/ready")).Status == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "it is not ready",
            ChildProcess.Limit);
        Assert.That(gateway.HasExited, Is.False, gateway.HasExited ? await gateway.StandardError.ReadToEndAsync() : "");
        return http;
    }

    private static async Task End(Process process)
    {
        // The first process is unshare's; the program took its place.
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync().WaitAsync(ChildProcess.Limit);
        Assert.That(process.ExitCode, Is.Zero);
    }

    private Process Start(
        string unit, string program, string[] arguments, Dictionary<string, string> secrets, params (string Name, string Value)[] settings)
    {
        if (Environment.UserName != "root")
        {
            Assert.Ignore("only root can make a view of the file system that is read-only");
        }

        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "deploy/systemd", unit))
            .SkipWhile(line => line != "[Service]").TakeWhile(line => line != "[Install]")
            .Where(line => line.Contains('=', StringComparison.Ordinal) && line[0] != '#')
            .Select(line => line.Split('=', 2)).ToArray();
        TestContext.Out.WriteLine(
            $"{unit}, not applied here: {string.Join(", ", lines.Select(line => line[0]).Except(Applied, StringComparer.Ordinal))}");

        var credentials = Directory.CreateDirectory(Path.Combine(_folder, unit)).FullName;
        foreach (var named in lines.Where(line => line[0] == "LoadCredential").Select(line => line[1].Split(':')[0]))
        {
            File.WriteAllText(Path.Combine(credentials, named), secrets[named]);
        }

        var start = new ProcessStartInfo(
            "unshare",
            ["--mount", "--propagation", "private", "--", "/bin/sh", "-euc", Script, "confined", credentials, "dotnet", program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        var path = start.Environment["PATH"];
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        var variables = lines.Where(line => line[0] == "Environment").Select(line => line[1].Split('=', 2))
            .Select(pair => (Name: pair[0], Value: pair[1]));
        foreach (var (name, value) in variables.Concat(settings))
        {
            start.Environment[name] = value.Replace("%d", "/run/credentials", StringComparison.Ordinal);
        }

        var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        return process;
    }

    /// <summary>
    /// What systemd does with a unit, in its order. <c>$0</c> is a name, <c>$1</c> the folder of the credentials, the rest the program.
    /// </summary>
    private const string Script = """
        credentials=$1; shift
        built=$(dirname -- "$2")
        mount -t tmpfs -o mode=755 tmpfs /mnt
        mkdir /mnt/credentials /mnt/state
        cp "$credentials"/* /mnt/credentials/
        chown -R 65532:65532 /mnt/credentials /mnt/state
        chmod 500 /mnt/credentials; chmod 400 /mnt/credentials/*; chmod 700 /mnt/state
        program=/opt/$(basename -- "$2")
        mount --bind "$built" /opt
        mount -t tmpfs -o mode=755 tmpfs /run
        mkdir /run/credentials /run/state
        mount --bind /mnt/credentials /run/credentials
        mount --bind /mnt/state /run/state
        for folder in /root /home; do mount -t tmpfs -o mode=000,size=4k tmpfs $folder; done
        mount -t tmpfs -o mode=1777 tmpfs /tmp
        for folder in / /usr /var /opt /run /run/credentials /mnt; do
          ! mountpoint -q $folder || mount -o remount,bind,ro $folder
        done
        umask 077
        ulimit -c 0
        if [ "${HOME:-}" = /var/lib/hoop-agent ]; then HOME=/run/state; export HOME; fi
        first=$1; shift 2
        exec setpriv --reuid=65532 --regid=65532 --clear-groups --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all \
          "$first" "$program" "$@"
        """;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
