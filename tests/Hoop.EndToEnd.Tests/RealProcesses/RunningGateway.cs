using System.Net.Http.Headers;
using Npgsql;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>The gateway as a process, ready, with a client that is its operator.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private RunningGateway(ChildProcess process, Uri address, HttpClient operatorClient) =>
        (Process, Address, Operator) = (process, address, operatorClient);

    public ChildProcess Process { get; }

    public Uri Address { get; }

    /// <summary>Signed in with the operator's token: the one that was set, or that of the data folder.</summary>
    public HttpClient Operator { get; }

    public static string Program { get; } = typeof(Hoop.Host.Gateway).Assembly.Location;

    /// <param name="folder">A test's own; the data goes into <c>data</c> below it.</param>
    /// <param name="database">Null: a private PostgreSQL.</param>
    public static Task<RunningGateway> Start(
        string folder, NpgsqlConnectionStringBuilder? database = null, params (string Name, string Value)[] settings) =>
        Ready(folder, Launch(folder, database, settings), settings);

    /// <summary>The same as the next version, whose one migration this build does not know (<see cref="NextGateway"/>).</summary>
    public static Task<RunningGateway> StartNext(
        string folder, NpgsqlConnectionStringBuilder database, params (string Name, string Value)[] settings) =>
        Ready(folder, Launch(NextGateway.Program, folder, database, settings), settings);

    private static async Task<RunningGateway> Ready(string folder, ChildProcess process, (string Name, string Value)[] settings)
    {
        try
        {
            var ready = await process.Said("Hoop is ready at ");
            var address = new Uri(ready[ready.IndexOf("http://", StringComparison.Ordinal)..].Split(' ', '\\', '"')[0]);
            var token = settings.FirstOrDefault(setting => setting.Name == "HOOP_ADMIN_TOKEN").Value
                ?? (await File.ReadAllTextAsync(TokenFile(folder))).Trim();
            var client = new HttpClient { BaseAddress = address, Timeout = ChildProcess.Limit };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return new RunningGateway(process, address, client);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the process and waits for nothing.</summary>
    public static ChildProcess Launch(
        string folder,
        NpgsqlConnectionStringBuilder? database = null,
        (string Name, string Value)[]? settings = null,
        params string[] arguments) => Launch(Program, folder, database, settings, arguments);

    private static ChildProcess Launch(
        string program,
        string folder,
        NpgsqlConnectionStringBuilder? database,
        (string Name, string Value)[]? settings,
        params string[] arguments)
    {
        var variables =
            new Dictionary<string, string>(StringComparer.Ordinal)
            { ["HOOP_LISTEN"] = "http://127.0.0.1:0", ["HOOP_DATA_DIR"] = DataOf(folder) };
        if (database is not null)
        {
            variables["HOOP_DATABASE_URL"] = database.ConnectionString;
        }

        foreach (var (name, value) in settings ?? [])
        {
            variables[name] = value;
        }

        return ChildProcess.Start(program, folder, variables, arguments);
    }

    public static string DataOf(string folder) => Path.Combine(folder, "data");

    public static string TokenFile(string folder) => Path.Combine(DataOf(folder), "admin-token");

    public async ValueTask DisposeAsync()
    {
        Operator.Dispose();
        await Process.DisposeAsync();
    }
}
