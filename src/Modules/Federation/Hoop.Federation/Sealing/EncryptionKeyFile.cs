using Hoop.Shared.Configuration;

namespace Hoop.Federation.Sealing;

/// <summary>The generated key of a gateway without <c>HOOP_ENCRYPTION_KEY</c>: one base64 line, readable by its owner alone.</summary>
internal static class EncryptionKeyFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>The key, or null when there is no file.</summary>
    /// <exception cref="ConfigurationException">The file is readable by others, or holds no key.</exception>
    public static SealingKey? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
        {
            throw new ConfigurationException("HOOP_DATA_DIR", $"{path} is open to other users; run: chmod 600 {path}");
        }

        return SealingKey.ParseFile(File.ReadAllText(path))
            ?? throw new ConfigurationException("HOOP_DATA_DIR", $"{path} does not hold the base64 of 32 bytes; restore it from a backup");
    }

    /// <summary>Writes a new key, whole or not at all. When another gateway in the same folder was first, its key is returned.</summary>
    public static SealingKey Create(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var key = SealingKey.Generate();
        var unfinished = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(unfinished, options))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(key.Export() + "\n"));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(unfinished, path, overwrite: false);
            return key;
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(unfinished);
            return Read(path)!;
        }
    }
}
