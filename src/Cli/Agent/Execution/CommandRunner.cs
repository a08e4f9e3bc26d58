using System.Text;
using Hoop.Cli.Output;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// Runs what the gateway asks for: argv without a shell, exactly the environment given plus PATH and HOME, the script on standard
/// input, both outputs merged, limits on time and output. When the command ends, is killed at its limit or is cancelled, everything it
/// started ends with it.
/// </summary>
internal sealed class CommandRunner(
    Programs programs, EnvironmentRules variables, CommandLimits limits, RunningCommands running, SecretFiles files, TimeProvider time)
{
    /// <summary>From the wish that a command ends by itself to its end by force.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(300);

    /// <summary>How long to read on after everything was killed, for output still in the pipe.</summary>
    private static readonly TimeSpan LastOutput = TimeSpan.FromMilliseconds(500);

    private static readonly Dictionary<string, string> NoFiles = [];

    private int _taken;

    /// <param name="streamed">Carries its bytes when <see cref="ExecutionRequest.Stream"/> asks for it.</param>
    public async Task<ExecutionResult> Run(
        ExecutionRequest request, CancellationToken cancellationToken, StreamedCommand? streamed = null)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return NotRun(request, ExecutionStatus.Cancelled, "cancelled before it started");
        }

        if (Problem(request) is { } problem)
        {
            return NotRun(request, ExecutionStatus.Failed, problem);
        }

        if (variables.Refused(request.Environment.Keys.Concat(request.Files?.Keys ?? [])) is { } refused)
        {
            return NotRun(request, ExecutionStatus.Refused, EnvironmentRules.Explain(refused));
        }

        var environment = EnvironmentOf(request);
        try
        {
            using var secrets = files.Of(request.Id);
            secrets.Write(request.Files ?? NoFiles, environment);
            WriteIfPossible(secrets, request.RenewedFiles ?? NoFiles, environment);
            return await Run(request, environment, streamed, cancellationToken);
        }
        catch (IOException exception)
        {
            return NotRun(request, ExecutionStatus.Failed, $"the command's secrets could not be written: {exception.Message}");
        }
    }

    /// <summary>As <see cref="IAgentClient.RenewFile"/> says.</summary>
    public bool RenewFile(Guid id, string name, string content) => files.Replace(id, name, content);

    /// <summary>The command can do without: its variable then says nothing.</summary>
    private void WriteIfPossible(
        WrittenSecrets secrets, IReadOnlyDictionary<string, string> contents, Dictionary<string, string> environment)
    {
        try
        {
            secrets.Write(
                contents.Where(file => SecretFiles.IsName(file.Key) && file.Value is not null && variables.Refused([file.Key]) is null)
                    .ToDictionary(StringComparer.Ordinal),
                environment);
        }
        catch (IOException)
        {
            // A disk that refuses; what has to be there was written before.
        }
    }

    private async Task<ExecutionResult> Run(
        ExecutionRequest request, Dictionary<string, string> environment, StreamedCommand? streamed, CancellationToken cancellationToken)
    {
        var known = request.Environment.Keys.Concat(request.Files?.Keys ?? []).Concat(request.RenewedFiles?.Keys ?? [])
            .ToHashSet(StringComparer.Ordinal);
        var arguments = ArgumentExpansion.Expand(
            request.Command, environment.Where(variable => known.Contains(variable.Key)).ToDictionary(StringComparer.Ordinal));
        var name = arguments[0];
        if (!programs.Allows(name))
        {
            return NotRun(
                request,
                ExecutionStatus.Refused,
                $"the agent does not run {Printable.Quoted(name)}: it is not among the commands allowed with --allow-command");
        }

        if (programs.Find(name) is not { } path)
        {
            return NotRun(request, ExecutionStatus.Failed, $"command {Printable.Quoted(name)} was not found on the agent");
        }

        if (!Programs.IsExecutable(path))
        {
            return NotRun(request, ExecutionStatus.Failed, $"command {Printable.Quoted(path)} is not executable on the agent");
        }

        try
        {
            if (Interlocked.Increment(ref _taken) > limits.Parallel)
            {
                return NotRun(request, ExecutionStatus.Failed, $"the agent is busy: it runs {limits.Parallel} commands already");
            }

            return await (request.Stream is { } terms && streamed is not null
                ? RunStreamed(request, terms, path, arguments, environment, streamed, cancellationToken)
                : Run(request, path, arguments, environment, cancellationToken));
        }
        catch (Exception exception) when (exception is CommandNotStartedException or IOException)
        {
            return NotRun(request, ExecutionStatus.Failed, $"command {Printable.Quoted(name)} could not be started: {exception.Message}");
        }
        finally
        {
            Interlocked.Decrement(ref _taken);
        }
    }

    /// <summary>The result follows the last byte: its sender counts on that.</summary>
    private async Task<ExecutionResult> RunStreamed(
        ExecutionRequest request,
        StreamTerms terms,
        string path,
        string[] arguments,
        Dictionary<string, string> environment,
        StreamedCommand streamed,
        CancellationToken cancellationToken)
    {
        if (terms.Terminal is { } terminal)
        {
            environment["TERM"] = terminal.Name;
        }

        var group = streamed.Start(
            terms, streams => running.Start(() => ProcessGroup.Start(path, arguments, environment, streams)));
        var pumped = streamed.Pump();
        var ended = group.WaitForEnd();
        var endedByItself = await EndsWithin(ended, TimeSpan.FromSeconds(request.TimeoutSeconds), cancellationToken);
        if (!endedByItself)
        {
            streamed.Abort();
            await Part(group, ended);
        }

        group.Kill();
        await ended;
        streamed.Ended();
        try
        {
            // A slow reader may take its time, and the command's callers may lose their patience with it.
            await pumped.WaitAsync(cancellationToken);
        }
        catch (Exception)
        {
            streamed.Abort();
            endedByItself = false;
        }

        await pumped.ContinueWith(
            _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var exitCode = running.End(group);
        var status = endedByItself ? exitCode == 0 ? ExecutionStatus.Success : ExecutionStatus.Failed
            : cancellationToken.IsCancellationRequested ? ExecutionStatus.Cancelled
            : pumped.IsFaulted ? ExecutionStatus.Failed
            : ExecutionStatus.Timeout;
        return new ExecutionResult(
            request.Id, status, status == ExecutionStatus.Timeout ? null : exitCode, "", Truncated: false)
        { StreamedBytes = streamed.Sent };
    }

    /// <summary>Asks the command to end by itself, and gives it a moment.</summary>
    private async Task Part(ProcessGroup group, Task ended)
    {
        group.Terminate();
        await Task.WhenAny(ended, Task.Delay(Farewell, time, CancellationToken.None));
    }

    private async Task<ExecutionResult> Run(
        ExecutionRequest request, string path, string[] arguments, Dictionary<string, string> environment,
        CancellationToken cancellationToken)
    {
        var script = Encoding.UTF8.GetBytes(request.Script ?? "");
        using var streams = new StandardStreams();
        var output = new OutputBuffer(Math.Clamp(request.OutputLimitBytes, 0, limits.OutputBytes));
        var group = running.Start(
            () => ProcessGroup.Start(path, arguments, environment, streams.Child.Input, streams.Child.Output));

        var pumped = streams.Pump(script, output);
        var ended = group.WaitForEnd();
        var endedByItself = await EndsWithin(ended, TimeSpan.FromSeconds(request.TimeoutSeconds), cancellationToken);
        if (!endedByItself)
        {
            await Part(group, ended);
        }

        group.Kill();
        await ended;
        if (await Task.WhenAny(pumped, Task.Delay(LastOutput, time, CancellationToken.None)) != pumped)
        {
            streams.Abandon();
        }

        await pumped;
        var exitCode = running.End(group);

        var text = output.Text();
        if (!endedByItself && cancellationToken.IsCancellationRequested)
        {
            return new ExecutionResult(request.Id, ExecutionStatus.Cancelled, exitCode, text, output.Truncated);
        }

        if (!endedByItself)
        {
            return new ExecutionResult(request.Id, ExecutionStatus.Timeout, ExitCode: null, text, output.Truncated);
        }

        return new ExecutionResult(
            request.Id, exitCode == 0 ? ExecutionStatus.Success : ExecutionStatus.Failed, exitCode, text, output.Truncated);
    }

    private async Task<bool> EndsWithin(Task ended, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await ended.WaitAsync(limit, time, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    private static Dictionary<string, string> EnvironmentOf(ExecutionRequest request)
    {
        var environment = new Dictionary<string, string>(request.Environment, StringComparer.Ordinal);
        foreach (var inherited in new[] { "PATH", "HOME" })
        {
            if (Environment.GetEnvironmentVariable(inherited) is { } value)
            {
                environment.TryAdd(inherited, value);
            }
        }

        return environment;
    }

    /// <summary>What the system's interface cannot carry, or a limit that means nothing.</summary>
    private string? Problem(ExecutionRequest request)
    {
        if (request.Command is not [{ Length: > 0 }, ..])
        {
            return "command must name a program";
        }

        if (request.Environment is null)
        {
            return "environment must be given, if empty";
        }

        if (request.Command.Any(argument => argument?.Contains('\0', StringComparison.Ordinal) != false))
        {
            return "command must not hold a NUL character";
        }

        if (request.Environment.Any(variable => variable.Key.Length == 0
            || variable.Key.AsSpan().ContainsAny('=', '\0')
            || variable.Value?.Contains('\0', StringComparison.Ordinal) != false))
        {
            return "environment: a name must not be empty or hold =, and neither name nor value may hold a NUL character";
        }

        if (request.Files?.Any(file => !SecretFiles.IsName(file.Key) || file.Value is null) == true)
        {
            return "files: names are letters, digits and underscores";
        }

        if (request.Stream?.Terminal is { } terminal
            && (!PseudoTerminal.IsSize(terminal.Columns, terminal.Rows)
                || terminal.Name is not { Length: > 0 and <= 64 }
                || !terminal.Name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '+' or '.' or '_')))
        {
            return "the terminal has no name or a size that is none";
        }

        return request.TimeoutSeconds < 1 || request.TimeoutSeconds > limits.Time.TotalSeconds
            ? $"timeout must be from 1 to {limits.Time.TotalSeconds} seconds"
            : null;
    }

    private static ExecutionResult NotRun(ExecutionRequest request, string status, string reason) =>
        new(request.Id, status, ExitCode: null, reason, Truncated: false);
}
