namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// Finds programs in the agent's own <c>PATH</c>, whatever <c>PATH</c> the command gets: the operator of the agent decides what a name
/// means, and with it what the allow list lets through. The list says which program starts, not what that program may be told to do.
/// </summary>
/// <param name="searchPath">Folders, separated by colons.</param>
/// <param name="allowed">Names or paths; empty allows every command.</param>
internal sealed class Programs(string searchPath, IReadOnlyList<string> allowed)
{
    /// <summary>A name with a slash is a path already; any other is searched for (execvp(3)). Null when there is no such file.</summary>
    public string? Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(name) ? name : null;
        }

        var candidates = searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Join(folder, name))
            .Where(File.Exists).ToArray();
        return candidates.FirstOrDefault(IsExecutable) ?? candidates.FirstOrDefault();
    }

    public static bool IsExecutable(string path) => Libc.Access(path, Libc.AccessExecute) == 0;

    /// <summary>
    /// The name itself is on the list, or what it resolves to is what an entry resolves to. Byte for byte; links and <c>..</c> are
    /// not followed.
    /// </summary>
    public bool Allows(string name) =>
        allowed.Count == 0
        || allowed.Contains(name, StringComparer.Ordinal)
        || (Find(name) is { } path && allowed.Any(entry => string.Equals(Find(entry), path, StringComparison.Ordinal)));
}
