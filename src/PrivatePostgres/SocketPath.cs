using System.Text;

namespace Hoop.PrivatePostgres;

/// <summary>
/// The name of the socket's folder for clients. The address of a unix socket holds 107 bytes (sun_path, unix(7)), and Npgsql takes a
/// comma for a list of hosts; where the true name does not fit, a link in a private folder under the temp folder stands for it.
/// </summary>
internal sealed class SocketPath : IDisposable
{
    private const int LongestAddress = 107;
    private const string SocketName = "/.s.PGSQL.5432";

    private readonly DirectoryInfo? _private;

    private SocketPath(string folder, DirectoryInfo? privateFolder) => (Folder, _private) = (folder, privateFolder);

    public string Folder { get; }

    public static SocketPath To(string folder)
    {
        if (Encoding.UTF8.GetByteCount(folder + SocketName) <= LongestAddress && !folder.Contains(',', StringComparison.Ordinal))
        {
            return new SocketPath(folder, null);
        }

        // Mode 0700, with a name that nobody can have taken before.
        var privateFolder = Directory.CreateTempSubdirectory("hoop-");
        var link = Path.Combine(privateFolder.FullName, "s");
        File.CreateSymbolicLink(link, folder);
        return new SocketPath(link, privateFolder);
    }

    public void Dispose()
    {
        if (_private is { Exists: true })
        {
            _private.Delete(recursive: true);
        }
    }
}
