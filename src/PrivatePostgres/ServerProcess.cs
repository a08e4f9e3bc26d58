namespace Hoop.PrivatePostgres;

/// <summary>A cheap look at a process, for a look every second.</summary>
internal static class ServerProcess
{
    /// <summary>False for one that is gone, and for the unburied remains of one (state Z in proc(5)).</summary>
    public static bool Lives(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[(stat.LastIndexOf(')') + 1)..].TrimStart() is not ['Z' or 'X', ..];
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
    }
}
