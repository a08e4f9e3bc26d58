using System.Runtime.InteropServices;
using System.Text;
using Hoop.Shared.Configuration;

namespace Hoop.Shared.Secrets;

/// <summary>
/// A secret in a file: mode 0600 from its first byte on, forced to disk, and never seen half written. The one home of this rule in the
/// gateway.
/// </summary>
public static class OwnerOnlyFile
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>The text without the blanks around it, or null when there is no file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="variable">The setting that led here, named to the operator.</param>
    /// <exception cref="ConfigurationException">Another user may read or change it, or this one may not read it.</exception>
    public static string? Read(string path, string variable)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
        {
            throw new ConfigurationException(variable, $"{path} is open to other users; run: chmod 600 {path}");
        }

        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(variable, $"{path} cannot be read: {exception.Message}");
        }
    }

    /// <summary>Writes the text and a line end in place of what was there.</summary>
    /// <exception cref="IOException">The disk refuses; what was there is untouched.</exception>
    public static void Write(string path, string text) => Place(path, text, overwrite: true);

    /// <summary>As <see cref="Write"/>, but leaves a file that is already there alone. False when there was one.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static bool Create(string path, string text)
    {
        try
        {
            Place(path, text, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    private static void Place(string path, string text, bool overwrite)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var unfinished = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Owner;
        }

        try
        {
            using (var stream = new FileStream(unfinished, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text + "\n"));
                stream.Flush(flushToDisk: true);
            }

            if (overwrite || OperatingSystem.IsWindows())
            {
                File.Move(unfinished, path, overwrite);
            }
            else if (Link(unfinished, path) != 0)
            {
                throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            }
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    // File.Move looks for the target first and renames then, so that of two who create one file both win. A link is made or refused.
    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string created);
}
