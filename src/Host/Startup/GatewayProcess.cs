using System.Reflection;
using System.Runtime.InteropServices;
using Hoop.Host.Health;
using Hoop.Shared;
using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Hoop.Shared.Memory;
using Hoop.Shared.Sealing;
using Npgsql;

namespace Hoop.Host.Startup;

/// <summary>
/// From the command line to a running gateway and back. An operator's mistake is one line on standard error and exit code 1.
/// </summary>
internal static class GatewayProcess
{
    private const string Usage = """
        hoop-gateway: the identity gateway

        usage:
          hoop-gateway               start the gateway (HOOP_LISTEN, default http://127.0.0.1:8009)
          hoop-gateway migrate       bring the database schema up to date and exit
          hoop-gateway forget        make every running gateway forget what it remembers, after rows were changed with SQL
          hoop-gateway keys rotate   seal everything stored with a new key, while the gateways serve; go on with one that was stopped
          hoop-gateway keys check    open everything that is sealed, and name what does not open
          hoop-gateway forget-key    accept another HOOP_ENCRYPTION_KEY at the next start, because the recorded one is lost
          hoop-gateway --version     print the version

        Settings are HOOP_* environment variables, or the same keys in appsettings.json; docs/configure.md lists them.
        """;

    private static readonly string[] Commands = ["migrate", "forget", "forget-key", "keys rotate", "keys check"];

    /// <param name="args">As <see cref="Usage"/> says.</param>
    /// <param name="configure">Of the process alone that plays a newer version in a test.</param>
    public static async Task<int> Run(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        if (args is ["--help" or "-h" or "help"])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        if (args is ["--version" or "version"])
        {
            Console.WriteLine(
                $"hoop-gateway {typeof(GatewayProcess).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}");
            return 0;
        }

        var command = args is ["keys", _, ..] ? $"keys {args[1]}" : args.FirstOrDefault();
        var words = args is ["keys", _, ..] ? 2 : 1;
        if (command is not null && (args.Length > words || !Commands.Contains(command, StringComparer.Ordinal)))
        {
            var surplus = Commands.Contains(command, StringComparer.Ordinal) ? args[words] : command;
            await Console.Error.WriteLineAsync($"hoop-gateway: unknown argument {surplus}; see hoop-gateway --help");
            return 1;
        }

        using var stopping = new CancellationTokenSource();
        using var hurrying = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await Run(command, configure, new Signals(stopping.Token, hurrying.Token));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (PostgresException exception) when (!DatabaseErrors.IsUnavailable(exception))
        {
            return Refuse($"HOOP_DATABASE_URL: {exception.MessageText} (SQLSTATE {exception.SqlState})");
        }
        catch (Exception exception) when (exception is ConfigurationException or MigrationException or TimeoutException
            || DatabaseErrors.IsUnavailable(exception))
        {
            return Refuse(exception.Message);
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            (stopping.IsCancellationRequested ? hurrying : stopping).Cancel();
        }

        static int Refuse(string reason)
        {
            Console.Error.WriteLine($"hoop-gateway: {reason.ReplaceLineEndings(" ")}");
            return 1;
        }
    }

    /// <param name="Stop">Told to stop.</param>
    /// <param name="Hurry">Told so again.</param>
    private sealed record Signals(CancellationToken Stop, CancellationToken Hurry);

    private static async Task<int> Run(string? command, Action<WebApplicationBuilder>? configure, Signals signals)
    {
        var stopping = signals.Stop;
        var builder = Gateway.CreateBuilder([]);
        configure?.Invoke(builder);
        var address = new DatabaseAddress();
        await using var database = new GatewayDatabase(GatewayOptions.From(builder.Configuration), builder.Configuration, address);

        database.Seek();

        // All settings are read here, before anything is started.
        await using var app = Gateway.Build(builder, address);
        await database.Open(stopping);
        switch (command)
        {
            case "migrate":
                var applied = await app.Services.GetRequiredService<Migrator>().Apply(stopping);
                Console.WriteLine(applied == 0 ? "the schema is up to date" : $"{applied} migrations applied");
                return 0;
            case "forget":
                return await Forget(app.Services, stopping);
            case "keys rotate":
                await app.Services.PrepareHoop(stopping);
                return await KeyCommands.Rotate(app.Services.GetRequiredService<KeyRotation>(), stopping);
            case "keys check":
                await app.Services.PrepareHoop(stopping);
                return await KeyCommands.Check(app.Services.GetRequiredService<KeyRotation>(), stopping);
            case "forget-key":
                await app.Services.GetRequiredService<Migrator>().Apply(stopping);
                await using (var agreement = await app.Services.GetRequiredService<Agreements>().Begin("sealing_key", stopping))
                {
                    await agreement.Forget(stopping);
                }

                Console.WriteLine(
                    "the recorded encryption key is forgotten; the next gateway that starts decides. What was sealed with the lost key must be set again.");
                return 0;
            default:
                await Serve(app, signals);
                return 0;
        }
    }

    private static async Task<int> Forget(IServiceProvider services, CancellationToken stopping)
    {
        if (await services.GetRequiredService<MemoryCommands>().ForgetEverywhere(stopping))
        {
            Console.WriteLine("every running gateway has forgotten what it remembered");
            return 0;
        }

        await Console.Error.WriteLineAsync("hoop-gateway: not every running gateway has confirmed; try again, or restart them");
        return 1;
    }

    private static async Task Serve(WebApplication app, Signals signals)
    {
        var logger = app.Services.GetRequiredService<ILogger<GatewayOptions>>();
        foreach (var (name, meant) in GatewaySettings.Unknown(app.Configuration))
        {
            logger.LogWarning(
                "{Name} is not a setting of Hoop and does nothing{Hint}", name, meant is null ? "" : $"; did you mean {meant}?");
        }

        var token = await Gateway.Prepare(app, signals.Stop);
        await Gateway.Listen(app, signals.Stop);
        Banner.Print(app, token);

        var ended = app.WaitForShutdownAsync(CancellationToken.None);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = signals.Stop.UnsafeRegister(_ => told.SetResult(), state: null);
        if (await Task.WhenAny(told.Task, ended) == told.Task)
        {
            await app.Services.GetRequiredService<Leaving>().Announce(signals.Hurry);
            app.Lifetime.StopApplication();
        }

        await ended;
    }
}
