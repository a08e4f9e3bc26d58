using System.Runtime.InteropServices;
using Hoop.Shared.Configuration;
using Hoop.Shared.Data;

namespace Hoop.Host.Startup;

/// <summary>From the command line to a running gateway and back. An operator's mistake is one line on standard error and exit code 1.</summary>
internal static class GatewayProcess
{
    private const string Usage = """
        hoop-gateway: the identity gateway

        usage:
          hoop-gateway            start the gateway (HOOP_LISTEN, default http://127.0.0.1:8009)
          hoop-gateway migrate    bring the database schema up to date and exit

        Settings are HOOP_* environment variables, or the same keys in appsettings.json; docs/operations.md lists them.
        """;

    public static async Task<int> Run(string[] args)
    {
        if (args is ["--help" or "-h" or "help"])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        if (args is not ([] or ["migrate"]))
        {
            await Console.Error.WriteLineAsync($"hoop-gateway: unknown argument {args[0]}; see hoop-gateway --help");
            return 1;
        }

        using var stopping = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await Run(migrateOnly: args is ["migrate"], stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (exception is ConfigurationException or MigrationException || DatabaseErrors.IsUnavailable(exception))
        {
            await Console.Error.WriteLineAsync($"hoop-gateway: {exception.Message.ReplaceLineEndings(" ")}");
            return 1;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();
        }
    }

    private static async Task<int> Run(bool migrateOnly, CancellationToken stopping)
    {
        await using var database = await GatewayDatabase.Open(stopping);
        await using var app = Gateway.Build([], _ => database.Connection);
        await database.WaitUntilReachable(stopping);
        if (migrateOnly)
        {
            var applied = await app.Services.GetRequiredService<Migrator>().Apply(stopping);
            Console.WriteLine(applied == 0 ? "the schema is up to date" : $"{applied} migrations applied");
            return 0;
        }

        await Gateway.Prepare(app, stopping);
        await Gateway.Listen(app, stopping);
        Banner.Print(app);
        await app.WaitForShutdownAsync(stopping);
        return 0;
    }
}
