using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Hoop.Testing;
using Npgsql;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>The real PgBouncer in transaction mode in front of a test's database, with four server connections.</summary>
internal sealed class Bouncer : IAsyncDisposable
{
    public const string Program = "/usr/sbin/pgbouncer";

    private readonly Process _process;

    private Bouncer(Process process, NpgsqlConnectionStringBuilder connection) => (_process, Connection) = (process, connection);

    /// <summary>The database by way of PgBouncer.</summary>
    public NpgsqlConnectionStringBuilder Connection { get; }

    public static async Task<Bouncer> Start(NpgsqlConnectionStringBuilder database)
    {
        var folder = Directory.CreateTempSubdirectory("hoop-bouncer-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("755", 8));
        var (port, settings) = (FreePort(), Path.Combine(folder, "pgbouncer.ini"));
        var server = $"host={database.Host} port={database.Port} dbname={database.Database}";
        var target = $"{server} user={database.Username} password={database.Password}";
        await File.WriteAllTextAsync(settings, $"""
            [databases]
            {database.Database} = {target}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = 4
            max_client_conn = 1000
            """);

        // It refuses to be root, and the socket's folder is the server's user's alone.
        string[] user = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : [];
        string[] words = [.. user, Program, settings];
        var process = Process.Start(
            new ProcessStartInfo(words[0], words.Skip(1))
            {
                UseShellExecute = false,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                WorkingDirectory = "/"
            })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        await Eventually.True(() => Answers(port), "PgBouncer does not listen");
        return new Bouncer(
            process,
            new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = port,
                Username = database.Username,
                Database = database.Database,
                SslMode = SslMode.Disable
            });
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> Answers(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
