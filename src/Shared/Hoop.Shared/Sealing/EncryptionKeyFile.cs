using Hoop.Shared.Configuration;
using Hoop.Shared.Secrets;

namespace Hoop.Shared.Sealing;

/// <summary>The generated key of a gateway without <c>HOOP_ENCRYPTION_KEY</c>: one base64 line, readable by its owner alone.</summary>
internal static class EncryptionKeyFile
{
    /// <summary>The key, or null when there is no file.</summary>
    /// <exception cref="ConfigurationException">The file is readable by others, or holds no key.</exception>
    public static SealingKey? Read(string path) => OwnerOnlyFile.Read(path, "HOOP_DATA_DIR") is not { } text
        ? null
        : SealingKey.ParseFile(text)
            ?? throw new ConfigurationException("HOOP_DATA_DIR", $"{path} does not hold the base64 of 32 bytes; restore it from a backup");

    /// <summary>Writes a new key, whole or not at all. When another gateway in the same folder was first, its key is returned.</summary>
    /// <exception cref="ConfigurationException">The folder cannot be written to.</exception>
    public static SealingKey Create(string path)
    {
        var key = SealingKey.Generate();
        try
        {
            return OwnerOnlyFile.Create(path, key.Export()) ? key : Read(path)!;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                "HOOP_ENCRYPTION_KEY",
                    $"is not set, and a new key cannot be written to {path}: {exception.Message}; set it, or make HOOP_DATA_DIR writable");
        }
    }
}
