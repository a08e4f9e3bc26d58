using Hoop.Shared.Configuration;

namespace Hoop.PrivatePostgres;

/// <summary>
/// The data folder belongs to one gateway at a time: a lock on a file in it, which the system gives back however the process ends.
/// </summary>
internal static class FolderClaim
{
    private const string Variable = "HOOP_DATA_DIR";

    // EWOULDBLOCK of Linux: the lock on the file is held.
    private const int WouldBlock = 11;

    /// <exception cref="ConfigurationException">Another gateway has it, or it cannot be used.</exception>
    public static FileStream Take(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new FileStream(Path.Combine(folder, "gateway.lock"), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                Variable, $"{folder} is not writable for this user; give it to the user, or name another folder");
        }
        catch (IOException failure) when (failure.HResult == WouldBlock)
        {
            throw new ConfigurationException(
                Variable, $"{folder} is in use by another gateway; stop that one, or give this one a folder of its own");
        }
        catch (IOException failure)
        {
            throw new ConfigurationException(Variable, $"{folder} cannot be used: {failure.Message}");
        }
    }
}
