using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;

namespace Hoop.Release;

/// <summary>What symbols say about where a debugger finds the sources.</summary>
internal static class SourceLinks
{
    // Of the portable PDB format: the kind of the custom debug information that holds the links.
    private static readonly Guid Kind = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    /// <summary>Of each PDB in the package: its name and its links, or null when it has none.</summary>
    public static IReadOnlyList<(string Name, string? Links)> Read(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        return
        [
            .. archive.Entries.Where(entry => entry.Name.EndsWith(".pdb", StringComparison.Ordinal)).Select(entry =>
            {
                using var content = entry.Open();
                using var bytes = new MemoryStream();
                content.CopyTo(bytes);
                bytes.Position = 0;
                return (entry.Name, Of(bytes));
            }),
        ];
    }

    public static string? Of(Stream pdb)
    {
        using var provider = MetadataReaderProvider.FromPortablePdbStream(pdb, MetadataStreamOptions.LeaveOpen);
        var reader = provider.GetMetadataReader();
        foreach (var handle in reader.GetCustomDebugInformation(EntityHandle.ModuleDefinition))
        {
            var one = reader.GetCustomDebugInformation(handle);
            if (reader.GetGuid(one.Kind) == Kind)
            {
                return Encoding.UTF8.GetString(reader.GetBlobBytes(one.Value));
            }
        }

        return null;
    }
}
