using System.Diagnostics;

namespace Hoop.PrivatePostgres;

/// <summary>
/// Runs the server's programs on one directory, as the server's user.
/// <para>
/// The programs are handed the directory as an open handle and know it as <see cref="Here"/>. So the server's user needs no way to it
/// from the root: every folder above may be closed to it (mode 0700, of root), and the folder beside it with the gateway's keys stays
/// closed. The other way, the capability dac_read_search, would let the server read every file of the machine. It also keeps the
/// operator's path, with whatever blanks and quotes are in it, out of the command lines that <c>pg_ctl</c> puts together for a shell.
/// </para>
/// </summary>
internal sealed class ServerPrograms(PostgresBinaries binaries, ServerUser user, string directory)
{
    /// <summary>The directory as the programs see it; the link leads straight to it, past the folders above.</summary>
    public const string Here = "/proc/self/fd/9";

    private const string OpenAndRun = """exec 9<"$1"; shift; exec "$@" """;

    // A pipe of the user's own: /dev/stdin is opened anew by name, and the gateway's pipe belongs to the gateway's user.
    private const string PassOn = """cat | "$@" """;

    private const string SaveAs = """umask 077; cat >"$1.new" && mv -f "$1.new" "$1" """;

    // The pipe on standard input ends when the gateway does, however it ends.
    private const string StopWithGateway = """
        exec 9<"$1" >/dev/null 2>&1; directory=$1; shift
        read -r _
        "$@"
        rm -rf -- "$directory"
        """;

    public Task<Command> Run(string program, string[] args, CancellationToken cancellationToken) =>
        AsUser([binaries.Program(program), .. args], cancellationToken);

    /// <summary>As <see cref="Run"/>, with a text on standard input: no other process sees it, as it would an argument.</summary>
    public Task<Command> Feed(string program, string[] args, string input, CancellationToken cancellationToken) =>
        AsUser(["sh", "-c", PassOn, "sh", binaries.Program(program), .. args], cancellationToken, input);

    /// <summary>Writes a file of the directory that is the server's user's alone, whole or not at all.</summary>
    public Task<Command> Write(string file, string text, CancellationToken cancellationToken) =>
        AsUser(["sh", "-c", SaveAs, "sh", $"{Here}/{file}"], cancellationToken, text);

    /// <summary>Makes a folder in the directory for the server's user alone, when it is not there.</summary>
    public Task<Command> Prepare(string folder, CancellationToken cancellationToken) =>
        AsUser(["mkdir", "-p", "-m", "700", $"{Here}/{folder}"], cancellationToken);

    /// <summary>
    /// True when the process works in this directory. Asked as the server's user, who alone may look at its own processes
    /// everywhere.
    /// </summary>
    public async Task<bool> IsServedBy(int processId, CancellationToken cancellationToken) =>
        (await AsUser(["test", $"/proc/{processId}/cwd", "-ef", Here], cancellationToken)).ExitCode == 0;

    /// <summary>
    /// Starts a process, in a session of its own, that stops the server and removes the directory when the gateway ends without
    /// doing so.
    /// </summary>
    public Process Guard() =>
        Process.Start(
            Command.Describe(["setsid", "sh", "-c", StopWithGateway, "sh", directory, .. user.Prefix, binaries.Program("pg_ctl"), "stop",
                "-D", Here, "-m", "immediate", "-w", "-s"]))!;

    private Task<Command> AsUser(string[] words, CancellationToken cancellationToken, string input = "") =>
        Command.Run(["sh", "-c", OpenAndRun, "sh", directory, .. user.Prefix, .. words], cancellationToken, input);
}
