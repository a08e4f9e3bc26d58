using System.Text;
using Hoop.Identity.Entities;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Aliases;

/// <summary>The name of an alias: what the mount calls somebody.</summary>
internal static class AliasName
{
    /// <summary>A SPIFFE ID has at most as many (SPIFFE-ID 2.3), and an index holds them.</summary>
    private const int MaxBytes = 2048;

    public static string KeyOf(string name) => AsciiCase.Fold(name);

    public static string? ProblemOf(string name) =>
        Encoding.UTF8.GetByteCount(name) > MaxBytes ? "name: at most 2048 bytes"
        : name.Length <= EntityName.MaxLength ? EntityName.ProblemOf(name)
        : name.Chunk(EntityName.MaxLength).Select(part => EntityName.ProblemOf(new string(part).Trim())).FirstOrDefault(
            problem => problem is not null);
}
