using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Hoop.Cli.Agent.Channel;
using Hoop.Cli.Agent.Execution;
using Hoop.Cli.Output;
using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace Hoop.Cli.Agent;

/// <summary>One connection, from the handshake to its end: says hello, runs commands, beats, and renews its SVID in place.</summary>
internal sealed class AgentSession(AgentOptions options, CommandRunner commands, AgentLog log, TimeProvider time)
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DeliveryTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<Guid, RunningCommand> _running = [];
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Work may arrive together with the welcome; it waits until that is found to be the right one.
    private readonly TaskCompletionSource _welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _moving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AgentHealth? _counted;

    /// <summary>Ends when the gateway has taken the agent in.</summary>
    public Task Welcomed => _welcomed.Task;

    /// <summary>Ends when the gateway asks the agent to open a channel at another one. This one goes on.</summary>
    public Task Moving => _moving.Task;

    /// <summary>Answers why the connection ended. Whatever was running for it has ended too.</summary>
    /// <exception cref="IOException">It did not come about.</exception>
    /// <exception cref="HubException">The gateway refused the hello.</exception>
    /// <exception cref="WrongOrganizationException">The gateway takes it for another organization's agent.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop, or the gateway did not answer in time.</exception>
    public async Task<string> Run(string credential, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await using var hub = HubChannel.Create(options.Channel, credential);
        hub.Closed += error =>
        {
            _ended.TrySetResult(error is null ? "the gateway closed the channel" : $"the channel broke: {error.Message}");
            return Task.CompletedTask;
        };
        hub.On<string>(
            nameof(IAgentClient.Closing), reason => _ended.TrySetResult($"the gateway closes the channel: {Printable.Text(reason)}"));
        var data = new OutgoingData(hub, ending.Token);
        hub.On<ExecutionRequest, ExecutionResult>(nameof(IAgentClient.Execute), request => Execute(hub, data, request, ending.Token));
        hub.On<Guid>(nameof(IAgentClient.Cancel), Cancel);
        hub.On<Guid, byte[]>(nameof(IAgentClient.Input), (id, bytes) => With(id, streamed =>
        {
            if (!streamed.Input(bytes))
            {
                _ended.TrySetResult("the gateway sent more input than it may");
            }
        }));
        hub.On<Guid>(nameof(IAgentClient.EndOfInput), id => With(id, streamed => streamed.EndOfInput()));
        hub.On<bool>(nameof(IAgentClient.Reached), () => true);
        hub.On(nameof(IAgentClient.Move), () => { _moving.TrySetResult(); });
        hub.On<Guid, string, string, bool>(nameof(IAgentClient.RenewFile), commands.RenewFile);
        hub.On<Guid, int>(nameof(IAgentClient.Taken), (id, bytes) => With(id, streamed => streamed.Taken(bytes)));
        hub.On<Guid, int, int>(
            nameof(IAgentClient.Resize), (id, columns, rows) => With(id, streamed => streamed.Resize(columns, rows)));
        hub.On<Guid, string>(nameof(IAgentClient.Signal), (id, signal) => With(id, streamed => streamed.Signal(signal)));

        try
        {
            var welcome = await Connect(hub, ending.Token);
            var beating = Beat(hub, welcome.HeartbeatSeconds, ending.Token);
            var renewing = options.Credential.Renews ? Renew(hub, credential, welcome.ExpiresAt, ending.Token) : Task.CompletedTask;
            var reason = await _ended.Task.WaitAsync(stop);
            await ending.CancelAsync();
            await Task.WhenAll(beating, renewing);
            return reason;
        }
        catch (Exception exception) when (_ended.Task.IsCompletedSuccessfully && exception is not OperationCanceledException)
        {
            // The reason that the gateway gave says more than the call that failed for it.
            return await _ended.Task;
        }
        finally
        {
            await ending.CancelAsync();
            await Answered();
            await Deliver(hub);
            await Stop(hub);
            // Only now can no further request arrive.
            await Answered();
            _counted?.Closed();
        }
    }

    private async Task<AgentWelcome> Connect(HubConnection hub, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.ConnectTimeout);
        await hub.StartAsync(limit.Token);
        var welcome = await hub.InvokeAsync<AgentWelcome>(
            nameof(IAgentGateway.Hello), HostFacts.Hello(options.AllowedCommands), limit.Token);

        if (options.Organization is { } organization && welcome.OrganizationId != organization)
        {
            throw new WrongOrganizationException(options.Gateway, organization, welcome.OrganizationId);
        }

        _welcomed.SetResult();
        _counted = options.Health;
        _counted?.Opened();

        var until = welcome.ExpiresAt is { } expiresAt ? $", until {AgentLog.Moment(expiresAt)}" : "";
        log.Info(
            $"connected to {options.Gateway.AbsoluteUri.TrimEnd('/')} as agent {Printable.Text(welcome.AgentName)} ({Printable.Text(welcome.Identity)}){until}");
        if (options.ExpectedName is { } name && !string.Equals(name, welcome.AgentName, StringComparison.Ordinal))
        {
            log.Warning(
                $"HOOP_KEY names the agent {Printable.Text(name)}, the gateway knows this key as {Printable.Text(welcome.AgentName)}");
        }

        return welcome;
    }

    private async Task<ExecutionResult> Execute(
        HubConnection hub, OutgoingData data, ExecutionRequest request, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        // Noted before it starts: a stop that comes in between must wait for it too, and so do bytes that follow at once.
        var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var streamed = request.Stream is null ? null : new StreamedCommand(
            (stream, bytes) => data.Send(request.Id, stream, bytes, stopping.Token),
            bytes => hub.SendAsync(nameof(IAgentGateway.InputTaken), request.Id, bytes, cancellationToken));
        var command = new RunningCommand(streamed, stopping);
        if (!_running.TryAdd(request.Id, command))
        {
            return new ExecutionResult(
                request.Id, ExecutionStatus.Failed, ExitCode: null, "a command of this id is running already", Truncated: false);
        }

        try
        {
            await _welcomed.Task.WaitAsync(command.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (streamed is not null)
            {
                await hub.SendAsync(nameof(IAgentGateway.Started), request.Id, CancellationToken.None);
            }

            var result = await commands.Run(request, command.Stopping, streamed);
            var exit = result.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $", exit code {code}") : "";
            // Arguments may hold what is nobody's business; the program's name is enough to recognise a run.
            log.Info(
                string.Create(CultureInfo.InvariantCulture,
                    $"ran {Printable.Quoted(request.Command is [var name, ..] ? name : "")} for {request.Id}: {result.Status}{exit}, {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms"));
            return result;
        }
        finally
        {
            _ = Forget(request.Id, command);
        }
    }

    /// <summary>A little after the result was returned: SignalR sends it then, and does not say when it has.</summary>
    private async Task Forget(Guid id, RunningCommand command)
    {
        await Task.Delay(AnswerTime, time, CancellationToken.None);
        _running.TryRemove(id, out _);
        command.Answered.SetResult();
        command.Dispose();
    }

    private Task Answered() => Task.WhenAll(_running.Values.Select(command => command.Answered.Task));

    /// <summary>The gateway waits no longer. Its answer, if the command still runs, is the one of <see cref="Execute"/>.</summary>
    private void Cancel(Guid id)
    {
        if (_running.TryGetValue(id, out var command))
        {
            log.Info($"cancelling the command for {id}");
            command.Cancel();
        }
    }

    /// <summary>What comes after the command's end is dropped.</summary>
    private void With(Guid id, Action<StreamedCommand> act)
    {
        if (_running.TryGetValue(id, out var command) && command.Streamed is { } streamed)
        {
            act(streamed);
        }
    }

    private async Task Beat(HubConnection hub, int seconds, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Clamp(seconds, 1, 300)), time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await hub.InvokeAsync(nameof(IAgentGateway.Heartbeat), cancellationToken)
                    .WaitAsync(HubChannel.CallTimeout, time, cancellationToken);
            }
        }
        catch (Exception exception)
        {
            _ended.TrySetResult($"the gateway did not take a heartbeat: {exception.Message}");
        }
    }

    private async Task Renew(HubConnection hub, string credential, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        if (await new CredentialRenewal(options, log, time).Run(hub, credential, expiresAt, cancellationToken) is { } reason)
        {
            _ended.TrySetResult(reason);
        }
    }

    /// <summary>
    /// What was sent before a call has arrived when the call is answered: so the results of killed commands are not lost with the
    /// connection.
    /// </summary>
    private static async Task Deliver(HubConnection hub)
    {
        using var limit = new CancellationTokenSource(DeliveryTimeout);
        try
        {
            if (hub.State == HubConnectionState.Connected)
            {
                await hub.InvokeAsync(nameof(IAgentGateway.Heartbeat), limit.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or InvalidOperationException
            or HubException)
        {
            // The connection is gone, and the results with it.
        }
    }

    private static async Task Stop(HubConnection hub)
    {
        using var limit = new CancellationTokenSource(StopTimeout);
        try
        {
            await hub.StopAsync(limit.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or InvalidOperationException)
        {
            // It is going away; disposing it breaks off what is left.
        }
    }
}
