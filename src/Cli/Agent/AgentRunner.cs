using System.Globalization;
using System.Runtime.InteropServices;
using Hoop.Cli.Agent.Channel;
using Hoop.Cli.Agent.Execution;
using Hoop.Cli.Output;
using Microsoft.AspNetCore.SignalR;

namespace Hoop.Cli.Agent;

/// <summary>
/// <c>hoop start agent</c>: keeps a connection to the gateway until it is told to stop. A refusal or a break is one warning and another
/// try later, with the credential as it is then; a wrong configuration ends the agent, and so do too many refusals of one credential
/// (<see cref="AgentOptions.Refusals"/>).
/// </summary>
internal sealed class AgentRunner(AgentOptions options, AgentLog log, TimeProvider time)
{
    /// <summary>The whole command: configuration from the environment, signals, exit code.</summary>
    /// <param name="flags">Of the command line.</param>
    /// <returns>0 after a stop that was asked for, 1 for a wrong configuration or a refused credential (one line on
    /// <paramref name="error"/>).</returns>
    public static async Task<int> RunFromEnvironment(AgentFlags flags, TextWriter error, CancellationToken stop)
    {
        AgentOptions options;
        AgentHealth? health;
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                throw new AgentConfigurationException("the agent runs on Linux only");
            }

            options = AgentOptions.FromEnvironment(Environment.GetEnvironmentVariable, flags) with { AdoptsOrphans = true };
            health = flags.HealthListen is { } address ? AgentHealth.Listen(address) : null;
        }
        catch (AgentConfigurationException exception)
        {
            await error.WriteLineAsync($"error: {exception.Message}");
            return 1;
        }

        await using var probed = health;
        options = options with { Health = health };
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

    /// <summary>
    /// Runs until <paramref name="stop"/>; then commands are killed and the connection is closed properly. Answers the exit code.
    /// </summary>
    public async Task<int> Run(CancellationToken stop)
    {
        var searchPath = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        var files = new SecretFiles(options.Folder);
        if (files.Clean() is > 0 and var left)
        {
            log.Info(string.Create(CultureInfo.InvariantCulture, $"removed the secret files of {left} agents that did not end in order"));
        }

        var commands = new CommandRunner(
            new Programs(searchPath, options.AllowedCommands), new EnvironmentRules(options.AllowedVariables), options.Limits,
                new RunningCommands(options.AdoptsOrphans), files, time);
        var backoff = new Backoff(options.FirstDelay, options.LongestDelay);
        var (refusals, refused) = (0, "");
        var leaving = new List<Task>();
        Link? link = null;

        while (true)
        {
            link ??= Open(commands, stop);
            if (await Task.WhenAny(link.Ended, link.Session.Moving) != link.Ended && await Successor(link, commands, stop) is { } next)
            {
                leaving.RemoveAll(task => task.IsCompleted);
                leaving.Add(Left(link));
                link = next;
                continue;
            }

            var (started, (reason, end, asked)) = (link.Started, await link.Ended);
            link = null;
            if (stop.IsCancellationRequested)
            {
                break;
            }

            // What cannot be reached says nothing about the credential, for or against.
            var presented = options.Credential.Current ?? "";
            refusals = end switch
            {
                ConnectionEnd.Refused when string.Equals(presented, refused, StringComparison.Ordinal) => refusals + 1,
                ConnectionEnd.Refused => 1,
                ConnectionEnd.Served => 0,
                _ => refusals,
            };
            refused = presented;
            if (refusals >= options.Refusals)
            {
                log.Warning(
                    string.Create(CultureInfo.InvariantCulture,
                        $"{reason}; giving up after {refusals} refusals (--retry forever goes on)"));
                return 1;
            }

            if (time.GetElapsedTime(started) >= options.Lasting)
            {
                backoff.Reset();
            }

            var delay = asked is { } wait ? Backoff.After(wait) : backoff.Next();
            log.Warning(string.Create(CultureInfo.InvariantCulture, $"{reason}; trying again in {delay.TotalSeconds:F1} s"));
            await Task.Delay(delay, time, stop).ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            if (stop.IsCancellationRequested)
            {
                break;
            }
        }

        await Task.WhenAll(leaving);
        log.Info("stopped");
        return 0;
    }

    private Link Open(CommandRunner commands, CancellationToken stop)
    {
        var session = new AgentSession(options, commands, log, time);
        return new Link(session, time.GetTimestamp(), Connection(session, stop));
    }

    /// <summary>
    /// A channel at another gateway, while the one that is to be left goes on. Null: that one ended first. Who distributes the agents may
    /// lead back to a gateway that leaves; it turns the agent away, and the next attempt leads elsewhere.
    /// </summary>
    private async Task<Link?> Successor(Link link, CommandRunner commands, CancellationToken stop)
    {
        log.Info("the gateway is about to stop; opening a channel at another one");
        var backoff = new Backoff(options.FirstDelay, options.LongestDelay);
        while (!link.Ended.IsCompleted && !stop.IsCancellationRequested)
        {
            var next = Open(commands, stop);
            if (await Task.WhenAny(next.Ended, next.Session.Welcomed) != next.Ended)
            {
                return next;
            }

            var (reason, _, asked) = await next.Ended;
            var delay = asked is { } wait ? Backoff.After(wait) : backoff.Next();
            log.Info(string.Create(CultureInfo.InvariantCulture, $"{reason}; trying another gateway in {delay.TotalSeconds:F1} s"));
            await Task.WhenAny(Task.Delay(delay, time, stop), link.Ended);
        }

        return null;
    }

    /// <summary>What runs on it goes on until it ends, or its gateway does.</summary>
    private async Task Left(Link link) => log.Info($"the earlier channel has ended: {(await link.Ended).Reason}");

    /// <summary>One connection with the credential as it is now; answers why there is none any more.</summary>
    private async Task<(string Reason, ConnectionEnd End, TimeSpan? Asked)> Connection(AgentSession session, CancellationToken stop)
    {
        var problem = options.Credential.Refresh();
        if (options.Credential.Current is not { } credential)
        {
            return (problem ?? "no credential", ConnectionEnd.Failed, null);
        }

        if (problem is not null)
        {
            log.Warning($"{problem}; going on with the last good one");
        }

        try
        {
            return (await session.Run(credential, stop), ConnectionEnd.Served, null);
        }
        catch (OperationCanceledException)
        {
            return ($"the gateway at {options.Gateway.Authority} did not answer in time", ConnectionEnd.Failed, null);
        }
        catch (WrongOrganizationException exception)
        {
            return (exception.Message, ConnectionEnd.Refused, null);
        }
        catch (ChannelRefusedException exception) when (exception.IsDefinite)
        {
            // The gateway tells nobody why. The agent knows one reason itself.
            var ended = options.Credential.ExpiresAt() is { } end && end <= time.GetUtcNow()
                ? $"the SVID in {options.Credential} ended at {AgentLog.Moment(end)}; "
                : "";
            return ($"{ended}{exception.Message}", ConnectionEnd.Refused, null);
        }
        catch (ChannelRefusedException exception) when (exception.RetryAfter is { } asked)
        {
            return (exception.Message, ConnectionEnd.Failed, asked);
        }
        catch (HubException exception)
        {
            return ($"the gateway refused the agent: {Printable.Text(exception.Message)}", ConnectionEnd.Failed, null);
        }
        catch (Exception exception)
        {
            // Whatever went wrong with one connection, the next may do better.
            return (exception.Message, ConnectionEnd.Failed, null);
        }
    }

    /// <param name="Started">By the clock's timestamp.</param>
    private sealed record Link(
        AgentSession Session, long Started, Task<(string Reason, ConnectionEnd End, TimeSpan? Asked)> Ended);

    private enum ConnectionEnd
    {
        /// <summary>It came about, for a while.</summary>
        Served,

        /// <summary>It did not come about, or not now.</summary>
        Failed,

        /// <summary>The credential is not good, or not for what this agent is to serve.</summary>
        Refused,
    }
}
