using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Hoop.Release;

/// <summary>
/// A NuGet package is a zip into which <c>dotnet pack</c> writes the time and a random name. Written anew: entries in order of their
/// names, one date, one kind of compression, and the random name taken from the content that it names.
/// </summary>
internal static partial class Package
{
    /// <summary>The first that a zip can say.</summary>
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Normalise(string file)
    {
        var entries = Read(file);
        foreach (var name in entries.Keys.Where(name => name.EndsWith(".psmdcp", StringComparison.Ordinal)).ToArray())
        {
            var fixedName = $"{name[..(name.LastIndexOf('/') + 1)]}{Convert.ToHexStringLower(SHA256.HashData(entries[name]))[..32]}.psmdcp";
            entries.Add(fixedName, entries[name]);
            entries.Remove(name);
            Change(entries, "_rels/.rels", text => text.Replace(name, fixedName, StringComparison.Ordinal));
        }

        var count = 0;
        Change(entries, "_rels/.rels", text => RelationId().Replace(text, _ => $"Id=\"R{count++}\""));
        Write(file, entries);
    }

    private static Dictionary<string, byte[]> Read(string file)
    {
        using var archive = ZipFile.OpenRead(file);
        return archive.Entries.ToDictionary(
            entry => entry.FullName,
            entry =>
            {
                using var content = entry.Open();
                using var bytes = new MemoryStream();
                content.CopyTo(bytes);
                return bytes.ToArray();
            },
            StringComparer.Ordinal);
    }

    private static void Write(string file, Dictionary<string, byte[]> entries)
    {
        var written = file + ".new";
        using (var archive = ZipFile.Open(written, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                var entry = archive.CreateEntry(name, CompressionLevel.Optimal);
                (entry.LastWriteTime, entry.ExternalAttributes) = (Epoch, 0);
                using var stream = entry.Open();
                stream.Write(content);
            }
        }

        File.Move(written, file, overwrite: true);
    }

    private static void Change(Dictionary<string, byte[]> entries, string name, Func<string, string> change)
    {
        if (entries.TryGetValue(name, out var content))
        {
            entries[name] = Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(content)));
        }
    }

    [GeneratedRegex("\\bId=\"[^\"]*\"")]
    private static partial Regex RelationId();
}
