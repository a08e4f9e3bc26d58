using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Hoop.Shared.Http;

/// <summary>
/// The place where a list goes on, as opaque text: the key of the last row, and a digest over it, the list, the organization and the
/// filters. A cursor that was changed, or belongs to another list, is refused and never becomes a silent gap (CVE-2026-33504). It grants
/// nothing: the organization stands in the statement.
/// </summary>
/// <param name="list">Name of the list.</param>
/// <param name="orgId">Whose list it is; empty for the operator's lists of all organizations.</param>
/// <param name="filters">What narrows the list.</param>
public sealed class PageCursor(string list, Guid orgId, params string?[] filters)
{
    /// <summary>Of the text. The longest key is a subject with its issuer.</summary>
    public const int MaxLength = 4096;

    private const int DigestLength = 12;

    /// <param name="key">Of the last row of a page. PostgreSQL has no NUL in text, so one divides the parts.</param>
    public string Of(params string[] key)
    {
        var place = Encoding.UTF8.GetBytes(string.Join('\0', key));
        return Base64Url.EncodeToString([.. Digest(place), .. place]);
    }

    /// <param name="text">What the caller sent.</param>
    /// <param name="parts">How many the key has.</param>
    /// <param name="key">Of the last row before.</param>
    public bool TryParse(string text, int parts, [NotNullWhen(true)] out string[]? key)
    {
        key = null;
        if (text.Length > MaxLength || !Base64Url.IsValid(text, out var length) || length < DigestLength)
        {
            return false;
        }

        // Exactly one spelling: the last character may carry bits that a lenient decoder ignores.
        var bytes = Base64Url.DecodeFromChars(text);
        if (Base64Url.EncodeToString(bytes) != text
            || !bytes.AsSpan(0, DigestLength).SequenceEqual(Digest(bytes.AsSpan(DigestLength))))
        {
            return false;
        }

        var read = Encoding.UTF8.GetString(bytes.AsSpan(DigestLength)).Split('\0');
        key = read.Length == parts ? read : null;
        return key is not null;
    }

    private byte[] Digest(ReadOnlySpan<byte> place)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(orgId.ToByteArray(bigEndian: true));
        foreach (var text in filters.Prepend(list))
        {
            // With its length before it, and -1 for none, so that no two sets of filters are the same bytes.
            var bytes = Encoding.UTF8.GetBytes(text ?? "");
            hash.AppendData(BitConverter.GetBytes(text is null ? -1 : bytes.Length));
            hash.AppendData(bytes);
        }

        hash.AppendData(place);
        return hash.GetHashAndReset()[..DigestLength];
    }
}
