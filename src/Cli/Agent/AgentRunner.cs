using System.Globalization;
using System.Runtime.InteropServices;
using Hoop.Cli.Agent.Execution;
using Hoop.Cli.Output;
using Microsoft.AspNetCore.SignalR;

namespace Hoop.Cli.Agent;

/// <summary>
/// <c>hoop start agent</c>: keeps a connection to the gateway until it is told to stop. A refusal or a break is one warning and another try later, with the credential
/// as it is then; only a wrong configuration ends the agent.
/// </summary>
internal sealed class AgentRunner(AgentOptions options, AgentLog log, TimeProvider time)
{
    /// <summary>The whole command: configuration from the environment, signals, exit code.</summary>
    /// <param name="allowedCommands">Each <c>--allow-command</c>; empty allows every command.</param>
    /// <param name="insecure"><c>--insecure</c>: plain http to another machine.</param>
    /// <returns>0 after a stop that was asked for, 1 for a wrong configuration (one line on <paramref name="error"/>).</returns>
    public static async Task<int> RunFromEnvironment(IReadOnlyList<string> allowedCommands, bool insecure, TextWriter error, CancellationToken stop)
    {
        AgentOptions options;
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                throw new AgentConfigurationException("the agent runs on Linux only");
            }

            options = AgentOptions.FromEnvironment(Environment.GetEnvironmentVariable, allowedCommands, insecure) with { AdoptsOrphans = true };
        }
        catch (AgentConfigurationException exception)
        {
            await error.WriteLineAsync($"error: {exception.Message}");
            return 1;
        }

        AgentProcess.Prepare();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // Commands live in sessions of their own and would survive an agent that simply dies of one of these.
        PosixSignal[] signals = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        var registrations = signals.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stopping.Cancel();
        })).ToArray();
        try
        {
            return await new AgentRunner(options, new AgentLog(error, TimeProvider.System), TimeProvider.System).Run(stopping.Token);
        }
        finally
        {
            foreach (var registration in registrations)
            {
                registration.Dispose();
            }
        }
    }

    /// <summary>Runs until <paramref name="stop"/>; then commands are killed and the connection is closed properly. Answers the exit code.</summary>
    public async Task<int> Run(CancellationToken stop)
    {
        var searchPath = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        var commands = new CommandRunner(new Programs(searchPath, options.AllowedCommands), options.Limits, new RunningCommands(options.AdoptsOrphans), time);
        var backoff = new Backoff(options.FirstDelay, options.LongestDelay);

        while (true)
        {
            var started = time.GetTimestamp();
            var reason = await Connection(commands, stop);
            if (stop.IsCancellationRequested)
            {
                break;
            }

            if (time.GetElapsedTime(started) >= options.Lasting)
            {
                backoff.Reset();
            }

            var delay = backoff.Next();
            log.Warning(string.Create(CultureInfo.InvariantCulture, $"{reason}; trying again in {delay.TotalSeconds:F1} s"));
            await Task.Delay(delay, time, stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            if (stop.IsCancellationRequested)
            {
                break;
            }
        }

        log.Info("stopped");
        return 0;
    }

    /// <summary>One connection with the credential as it is now; answers why there is none any more.</summary>
    private async Task<string> Connection(CommandRunner commands, CancellationToken stop)
    {
        var problem = options.Credential.Refresh();
        if (options.Credential.Current is not { } credential)
        {
            return problem ?? "no credential";
        }

        if (problem is not null)
        {
            log.Warning($"{problem}; going on with the last good one");
        }

        try
        {
            return await new AgentSession(options, commands, log, time).Run(credential, stop);
        }
        catch (OperationCanceledException)
        {
            return "the gateway did not answer in time";
        }
        catch (HubException exception)
        {
            return $"the gateway refused the agent: {Printable.Text(exception.Message)}";
        }
        catch (Exception exception)
        {
            // Whatever went wrong with one connection, the next may do better.
            return Printable.Text(exception.Message);
        }
    }
}
