using System.Diagnostics;
using System.Globalization;
using Hoop.StandIns;

namespace Hoop.Demo;

/// <summary>
/// Everything the story needs for a while: a folder that is also the home of its commands, the stand-ins, the processes. A step is one
/// command with what it must do; the first that does otherwise ends the story. All of it is gone when the stage is disposed.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    private static readonly TimeSpan StepLimit = TimeSpan.FromMinutes(2);

    private readonly Transcript _transcript;
    private readonly CancellationToken _stop;
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private readonly List<BackgroundProcess> _processes = [];

    private Stage(string folder, Transcript transcript, CancellationToken stop) =>
        (Folder, _transcript, _stop) = (folder, transcript, stop);

    public string Folder { get; }

    public required GoogleStandIn Google { get; init; }

    public required SpiffeIssuerStandIn Spiffe { get; init; }

    public required IdentityProviderStandIn IdentityProvider { get; init; }

    /// <summary>Steps that did what they should.</summary>
    public int Done { get; private set; }

    /// <summary>The step that is on, in one line.</summary>
    public string? Current { get; private set; }

    public static async Task<Stage> Set(Transcript transcript, CancellationToken stop)
    {
        var installation = Installation.Find();
        var folder = Directory.CreateTempSubdirectory("hoop-demo-").FullName;
        transcript.Hide(folder);
        installation.Link(Path.Combine(folder, "bin"));
        return new Stage(folder, transcript, stop)
        {
            Google = await GoogleStandIn.Start(),
            Spiffe = await SpiffeIssuerStandIn.Start("example.test"),
            IdentityProvider = await IdentityProviderStandIn.Start(),
        };
    }

    /// <summary>A variable of all commands from now on.</summary>
    public void Let(string name, string value) => _variables[name] = value;

    /// <summary>A file in the folder that only its owner can read.</summary>
    public void Write(string name, string text)
    {
        using var file = new FileStream(Path.Combine(Folder, name), new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    /// <summary>A step: prints the line, runs it with the shell and prints what came.</summary>
    /// <param name="line">Exactly what is run.</param>
    /// <param name="expected">Texts that must stand in the output.</param>
    /// <param name="exitCode">What the line must end with.</param>
    /// <returns>The output.</returns>
    public async Task<string> Run(string line, string[] expected, int exitCode = 0)
    {
        Begin(line);
        using var process = Process.Start(Command("/bin/sh", "-c", $"exec 2>&1\n{line}"))!;
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop);
        limit.CancelAfter(StepLimit);
        string output;
        try
        {
            output = (await process.StandardOutput.ReadToEndAsync(limit.Token)).Trim('\n');
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            _stop.ThrowIfCancellationRequested();
            throw new StoryFailure($"it did not end within {StepLimit.TotalSeconds:0} s");
        }

        _transcript.Output(output);
        if (process.ExitCode != exitCode)
        {
            throw new StoryFailure($"it should end with exit code {exitCode}, and ended with {process.ExitCode}");
        }

        foreach (var text in expected)
        {
            if (!output.Contains(text, StringComparison.Ordinal))
            {
                throw new StoryFailure($"its output should hold \"{text}\"");
            }
        }

        End();
        return output;
    }

    /// <summary>A step: starts a process that runs on, and waits for a line of it.</summary>
    /// <param name="settings">Its own variables, printed before it. A value may be one of <see cref="Let"/>, as <c>$NAME</c>.</param>
    /// <param name="expected">What the line must hold.</param>
    public async Task<BackgroundProcess> Start(
        string program, string[] arguments, (string Name, string Value)[] settings, string expected, CancellationToken stop)
    {
        var written = settings.Select(setting => $"{setting.Name}={setting.Value} \\\n  ");
        var line = string.Join(' ', [program, .. arguments]);
        Begin($"{string.Concat(written)}{line} &", line);
        var start = Command(Path.Combine(Folder, "bin", program), arguments);
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value.StartsWith('$') ? _variables[value[1..]] : value;
        }

        var process = BackgroundProcess.Start(start);
        _processes.Add(process);
        if (await process.Until(expected, StepLimit, stop) is not { } lines)
        {
            _transcript.Output(string.Join('\n', process.Last(20)));
            throw new StoryFailure($"it should print \"{expected}\"");
        }

        _transcript.Output(string.Join('\n', lines).Trim('\n'));
        End();
        return process;
    }

    /// <summary>A step: SIGTERM, and an end in order.</summary>
    public async Task StopInOrder(BackgroundProcess process, string name, Func<string?>? complaint = null)
    {
        Let(name, process.Id.ToString(CultureInfo.InvariantCulture));
        Begin($"kill -TERM ${name}");
        using (var kill = Process.Start(Command("/bin/sh", "-c", $"kill -TERM ${name}"))!)
        {
            await kill.WaitForExitAsync(_stop);
        }

        var code = await process.Ended(StepLimit);
        _transcript.Output(code is null ? "(still running)" : $"(ended with exit code {code})");
        if (code != 0)
        {
            throw new StoryFailure("it should end with exit code 0");
        }

        if (complaint?.Invoke() is { } problem)
        {
            throw new StoryFailure(problem);
        }

        End();
    }

    /// <summary>The last words of what still runs, for the reader of a failure.</summary>
    public IEnumerable<string> LastWords() => _processes.SelectMany(process => process.Last(15));

    public async ValueTask DisposeAsync()
    {
        // Backwards: the agent before its gateway.
        foreach (var process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }

        await Google.DisposeAsync();
        await Spiffe.DisposeAsync();
        await IdentityProvider.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private void Begin(string line, string? name = null)
    {
        _stop.ThrowIfCancellationRequested();
        Current = name ?? line.Replace(" \\\n  ", " ", StringComparison.Ordinal);
        _transcript.Command(line);
    }

    private void End()
    {
        Done++;
        Current = null;
    }

    /// <summary>
    /// In the folder, with the folder as home and for temporary files, and with nothing of the HOOP_* variables that the user may
    /// have.
    /// </summary>
    private ProcessStartInfo Command(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("HOOP_", StringComparison.Ordinal)
            && name != "HOOP_POSTGRES_BIN").ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = start.Environment["TMPDIR"] = Folder;
        start.Environment["PATH"] = $"{Path.Combine(Folder, "bin")}:{start.Environment["PATH"]}";
        foreach (var (name, value) in _variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
