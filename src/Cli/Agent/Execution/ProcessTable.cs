using System.Globalization;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// One line of <c>/proc/PID/stat</c> (proc(5)). <paramref name="StartTicks"/>, counted since boot, tells two users of one number
/// apart.
/// </summary>
internal sealed record ProcessEntry(int Id, char State, int Parent, int Session, ulong StartTicks)
{
    public bool IsZombie => State is 'Z' or 'X';

    /// <summary>SIGKILL, if the number still belongs to the process that was seen.</summary>
    public void Kill()
    {
        if (ProcessTable.Find(Id) is { } now && now.StartTicks == StartTicks)
        {
            _ = Libc.Kill(Id, Libc.SigKill);
        }
    }
}

/// <summary>The processes of the machine as <c>/proc</c> shows them.</summary>
internal static class ProcessTable
{
    public static IReadOnlyList<ProcessEntry> Read()
    {
        var processes = new List<ProcessEntry>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && Find(id) is { } process)
            {
                processes.Add(process);
            }
        }

        return processes;
    }

    /// <summary>Null when there is no such process, or none that we may look at.</summary>
    public static ProcessEntry? Find(int id)
    {
        string line;
        try
        {
            line = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // The second field is the command's name in parentheses and may hold anything, parentheses too.
        var afterName = line.LastIndexOf(')') + 2;
        var fields = afterName < 2 || afterName >= line.Length ? [] : line[afterName..].Split(' ');
        return fields.Length < 20
            ? null
            : new ProcessEntry(
                id, fields[0][0], Number(fields[1]), Number(fields[3]), ulong.Parse(fields[19], CultureInfo.InvariantCulture));

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>Children, their children and so on; without <paramref name="id"/> itself.</summary>
    public static IReadOnlyList<ProcessEntry> DescendantsOf(this IReadOnlyList<ProcessEntry> processes, int id)
    {
        var children = processes.ToLookup(process => process.Parent);
        var found = new List<ProcessEntry>(children[id]);
        for (var next = 0; next < found.Count; next++)
        {
            found.AddRange(children[found[next].Id]);
        }

        return found;
    }
}
