
namespace Hoop.Cli.Configuration;

/// <summary><c>$HOME/.hoop/config.toml</c>, mode 0600 in a folder of mode 0700, because it holds the token.</summary>
internal static class ConfigFile
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Of the context that counts.</summary>
    /// <exception cref="CliFailure">HOME is not set, or there is no such context.</exception>
    public static string PathFor(Func<string, string?> variable) => Contexts.PathOf(variable, Contexts.Current(variable));

    /// <summary>Its keys and values; empty when there is no file.</summary>
    /// <exception cref="CliFailure">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path, Action<string> warn)
    {
        try
        {
            if (!File.Exists(path))
            {
                return new Dictionary<string, string>();
            }

            if ((File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
            {
                warn($"{path} can be read or written by other users of this machine; run: chmod 600 {path}");
            }

            return FlatToml.Parse(new FileInfo(path).Length == 0 ? "" : InputFile.Text("configuration", path));
        }
        catch (FormatException exception)
        {
            throw new CliFailure($"{path}: {exception.Message}. Write it anew with: hoop config create");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"{path} cannot be read: {InputFile.Problem(path, exception)}");
        }
    }

    /// <summary>Replaces the file as a whole; a reader sees the old or the new one.</summary>
    /// <exception cref="CliFailure">It cannot be written.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, string>> values)
    {
        var folder = Path.GetDirectoryName(path)!;
        var draft = Path.Combine(folder, $"{Path.GetFileName(path)}.{Path.GetRandomFileName()}");
        try
        {
            Directory.CreateDirectory(folder, Owner | UnixFileMode.UserExecute);
            File.SetUnixFileMode(folder, Owner | UnixFileMode.UserExecute);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Owner };
            using (var stream = new FileStream(draft, options))
            using (var writer = new StreamWriter(stream))
            {
                writer.Write(FlatToml.Format(values));
            }

            File.Move(draft, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(draft))
            {
                File.Delete(draft);
            }

            throw new CliFailure($"{path} cannot be written: {InputFile.Problem(path, exception)}");
        }
    }
}
