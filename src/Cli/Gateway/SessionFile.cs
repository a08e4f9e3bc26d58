using System.Text;
using Hoop.Cli.Configuration;

namespace Hoop.Cli.Gateway;

/// <summary>
/// The session of one gateway (<see cref="SessionPath"/>), mode 0600 in a folder of mode 0700. The lock is a file of its own
/// beside it: the session is replaced as a whole, and a lock on what is replaced would be a lock on nothing.
/// </summary>
internal sealed class SessionFile(string path)
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Path { get; } = path;

    public bool Exists => File.Exists(Path);

    /// <summary>Null when there is none.</summary>
    /// <exception cref="CliFailure">It is there and cannot be used.</exception>
    public Session? Read()
    {
        try
        {
            return !Exists ? null
                : Session.Parse(File.ReadAllText(Path))
                    ?? throw new BrokenSession($"{Path} is not what hoop login wrote. Run: hoop login");
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"{Path} cannot be read: {InputFile.Problem(Path, exception)}");
        }
    }

    /// <summary>As <see cref="Read"/>, for whoever is about to replace what is there: a file that is broken is none.</summary>
    /// <param name="broken">Is told of such a file.</param>
    public Session? ReadOrBroken(Action<string> broken)
    {
        try
        {
            return Read();
        }
        catch (CliFailure failure) when (failure is BrokenSession)
        {
            broken($"{Path} is broken and is replaced by this sign-in");
            return null;
        }
    }

    /// <summary>Replaces the file as a whole; a reader sees the old or the new one, also when this process dies in between.</summary>
    /// <exception cref="CliFailure">It cannot be written.</exception>
    public void Write(Session session)
    {
        var draft = $"{Path}.{System.IO.Path.GetRandomFileName()}";
        try
        {
            MakeFolder();
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Owner };
            using (var stream = new FileStream(draft, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(session.ToJson() + "\n"));
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, Path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            File.Delete(draft);
            throw new CliFailure($"{Path} cannot be written: {InputFile.Problem(Path, exception)}");
        }
    }

    /// <summary>False when there was none.</summary>
    public bool Delete()
    {
        var existed = Exists;
        File.Delete(Path);
        return existed;
    }

    /// <summary>
    /// Only one process of this user refreshes or signs in at a time. The system gives the lock up when its holder ends, however it ends.
    /// </summary>
    /// <exception cref="CliFailure">Another one holds it for too long.</exception>
    public async Task<IDisposable> Lock(TimeSpan? patience, Action? waits, CancellationToken stop)
    {
        var (path, started, told) = (Path + ".lock", TimeProvider.System.GetTimestamp(), false);
        while (true)
        {
            try
            {
                MakeFolder();
                return new FileStream(path, new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = Owner,
                });
            }
            catch (UnauthorizedAccessException exception)
            {
                throw new CliFailure($"{path} cannot be locked: {InputFile.Problem(path, exception)}");
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(started) < (patience ?? Patience))
            {
                if (!told)
                {
                    told = true;
                    waits?.Invoke();
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20 + Random.Shared.Next(40)), stop);
            }
            catch (IOException)
            {
                throw new CliFailure("another hoop command is signing in or refreshing, and does not end; try again when it is done");
            }
        }
    }

    private void MakeFolder()
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder, Owner | UnixFileMode.UserExecute);
        }
    }
}

/// <summary>The file is there and holds no session: cut off, or written by something else.</summary>
internal sealed class BrokenSession(string message) : CliFailure(message);
