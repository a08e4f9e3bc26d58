using System.Globalization;
using Hoop.Cli.Agent.Execution;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.EndToEnd.Tests.Agent.Execution;

/// <summary>Runs real commands of the machine.</summary>
internal static class CommandFixture
{
    public static readonly Dictionary<string, string> NoEnvironment = [];

    public static CommandRunner Runner(
        int parallel = 16, IReadOnlyList<string>? allowed = null, string? searchPath = null, IReadOnlyList<string>? variables = null) =>
            new(
        new Programs(searchPath ?? "/usr/local/bin:/usr/bin:/bin", allowed ?? []),
        new EnvironmentRules(variables ?? (allowed is null ? null : EnvironmentRules.Default)),
        CommandLimits.Default with { Parallel = parallel },
        new RunningCommands(adopt: false),
        new SecretFiles(Path.Join(Path.GetTempPath(), "hoop-agent-tests")),
        TimeProvider.System);

    public static Task<ExecutionResult> Run(params string[] command) => Run(Request(command));

    public static Task<ExecutionResult> Run(ExecutionRequest request, CancellationToken cancellationToken = default) =>
        Runner().Run(request, cancellationToken);

    public static ExecutionRequest Request(params string[] command) =>
        new(Guid.NewGuid(), command, NoEnvironment, Script: "", TimeoutSeconds: 30, OutputLimitBytes: 1024 * 1024);

    public static ExecutionRequest Shell(string script) => Request("sh", "-c", script);

    /// <summary>The numbers that a command printed, one a line.</summary>
    public static int[] Processes(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];

    public static bool IsAlive(int process) => ProcessTable.Find(process) is { IsZombie: false };
}
