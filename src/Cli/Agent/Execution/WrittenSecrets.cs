using System.Text;

namespace Hoop.Cli.Agent.Execution;

/// <summary>The secrets of one command in files. Gone when the command is.</summary>
internal sealed class WrittenSecrets(string root, string own, string id, Action forget) : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnFolder = OwnerOnly | UnixFileMode.UserExecute;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly string _folder = Path.Join(own, id);
    private bool _disposed;

    /// <summary>Writes files, and names them in the environment.</summary>
    /// <exception cref="IOException">The disk refuses, or the folder is not ours alone.</exception>
    public void Write(IReadOnlyDictionary<string, string> files, IDictionary<string, string> environment)
    {
        lock (_gate)
        {
            if (files.Count > 0)
            {
                MakeFolders();
            }

            foreach (var (name, content) in files.Where(file => !_names.Contains(file.Key)))
            {
                Create(Path.Join(_folder, name), content);
                _names.Add(name);
                environment[name] = Path.Join(_folder, name);
            }
        }
    }

    /// <summary>
    /// Puts a new file in the place of one that was written, in one step: whoever reads it has the old content or the new one, whole.
    /// </summary>
    /// <returns>False: there is none of that name, the command has ended, or the disk refuses.</returns>
    public bool Replace(string name, string content)
    {
        lock (_gate)
        {
            if (_disposed || content is null || !_names.Contains(name))
            {
                return false;
            }

            // No name of a variable begins with a dot.
            var fresh = Path.Join(_folder, "." + name);
            try
            {
                File.Delete(fresh);
                Create(fresh, content);
                File.Move(fresh, Path.Join(_folder, name), overwrite: true);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
            catch (UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    public void Dispose()
    {
        forget();
        lock (_gate)
        {
            _disposed = true;
            if (Directory.Exists(_folder))
            {
                SecretFiles.TryDelete(_folder);
            }
        }
    }

    private void MakeFolders()
    {
        try
        {
            foreach (var folder in new[] { root, own, _folder })
            {
                Directory.CreateDirectory(folder, OwnFolder);
                if ((File.GetUnixFileMode(folder) & ~OwnFolder) != UnixFileMode.None)
                {
                    throw new IOException($"{folder} is open to other users; run: chmod 700 {folder}");
                }
            }
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    private static void Create(string path, string content)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly, BufferSize = 0,
        };
        try
        {
            using var file = new FileStream(path, options);
            file.Write(Encoding.UTF8.GetBytes(content));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }
}
