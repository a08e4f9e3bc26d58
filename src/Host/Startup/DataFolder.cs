using Hoop.Shared.Configuration;

namespace Hoop.Host.Startup;

/// <summary>The folder of keys, the admin token and the private PostgreSQL (<c>HOOP_DATA_DIR</c>).</summary>
internal static class DataFolder
{
    /// <summary>Makes the folder, readable by its owner alone, and checks that it can be written to.</summary>
    /// <exception cref="ConfigurationException">It cannot be made or written to.</exception>
    public static void Prepare(string path)
    {
        try
        {
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            var probe = Path.Combine(path, $".writable-{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                "HOOP_DATA_DIR", $"the folder {path} cannot be written to; make it writable for this user or name another one");
        }
    }
}
