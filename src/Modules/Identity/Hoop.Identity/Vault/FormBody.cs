using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Hoop.Identity.Vault;

/// <summary>A body of pairs (<c>a=1&amp;b=2</c>), as older tools send them. A name that stands several times is a list.</summary>
internal static class FormBody
{
    /// <summary>What begins as JSON does is JSON, whatever its Content-Type says.</summary>
    public static bool Is(in ReadOnlySequence<byte> text, string? contentType)
    {
        if (contentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            return false;
        }

        var reader = new SequenceReader<byte>(text);
        reader.AdvancePastAny(" \t\r\n"u8);
        return reader.TryPeek(out var first)
            && first is not ((byte)'{' or (byte)'[' or (byte)'"')
            && !(reader.Remaining == 4 && reader.IsNext("null"u8));
    }

    /// <summary>A character is nine bytes long at most, each byte of it escaped: more is more than a name and a text may have.</summary>
    private const int LongestPair = 2 * 9 * StrictObject.LongestText;

    /// <param name="into">The fields; not to be used after an error.</param>
    public static Error? Read(in ReadOnlySequence<byte> form, IDictionary<string, VaultValue> into)
    {
        var (pairs, tokens) = (new KeyValueAccumulator(), 0);
        for (var rest = form; !rest.IsEmpty;)
        {
            // A pair at a time, or all texts would be there twice. The sign in front of it stays: behind it, '?' is a letter of a name.
            var end = rest.Slice(1).PositionOf((byte)'&') ?? rest.End;
            var written = rest.Slice(0, end);
            if (written.Length > LongestPair)
            {
                return StrictObject.TooLong(field: null);
            }

            foreach (var pair in new QueryStringEnumerable(Encoding.UTF8.GetString(written)))
            {
                var (name, value) = (pair.DecodeName(), pair.DecodeValue());
                if (name.Length > StrictObject.LongestText || value.Length > StrictObject.LongestText)
                {
                    return StrictObject.TooLong(name.Length > StrictObject.LongestText ? null : name.ToString());
                }

                pairs.Append(name.ToString(), value.ToString());
                tokens += 2;
            }

            if (tokens > StrictObject.MostTokens)
            {
                return StrictObject.TooComplex("form");
            }

            rest = rest.Slice(end);
        }

        string? nulIn = null;
        foreach (var (name, values) in pairs.GetResults())
        {
            into[name] = values is [var single] ? VaultValue.Of(single) : VaultValue.Of(values.ToArray()!);
            nulIn ??= name.Contains('\0', StringComparison.Ordinal)
                || values.Any(value => value!.Contains('\0', StringComparison.Ordinal)) ? name : null;
        }

        return nulIn is null ? null : VaultBody.Unfit(nulIn, VaultBody.Nul);
    }
}
