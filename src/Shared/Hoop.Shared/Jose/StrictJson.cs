using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Hoop.Shared.Jose;

/// <summary>
/// One judgement for header and claims, made before anything is read from them: a JSON object, valid Unicode throughout, no member
/// twice at any depth. Two readers that disagree about a repeated member are a way around a check (CVE-2026-27896); RFC 7515 section 4
/// and RFC 7519 section 4 allow to refuse.
/// </summary>
internal static class StrictJson
{
    /// <summary>
    /// How deep a header or claims may be nested. Their size alone bounds everything else: <see cref="CompactJws.MaxLength"/>.
    /// </summary>
    public const int MaxDepth = 16;

    /// <summary>Beyond so many members, comparing each name with each would cost more than the framework's own check.</summary>
    private const int FewMembers = 256;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    private static readonly JsonDocumentOptions Unique = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    public static Utf8JsonReader Reader(ReadOnlySpan<byte> json) => new(json, Options);

    /// <summary>What is wrong, as the end of a sentence, or null. After null no read of the same bytes throws.</summary>
    public static string? Problem(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return "is not UTF-8";
        }

        try
        {
            return Walk(json);
        }
        catch (JsonException)
        {
            return "is not a JSON object, or repeats a member, or is nested too deeply";
        }
        catch (InvalidOperationException)
        {
            return "holds half a surrogate pair";
        }
    }

    private static string? Walk(ReadOnlySpan<byte> json)
    {
        Span<Name> names = stackalloc Name[FewMembers];
        Span<int> owners = stackalloc int[MaxDepth + 1];
        var (count, objects, slowly) = (0, 0, false);
        var reader = Reader(json);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    owners[reader.CurrentDepth] = objects++;
                    break;
                case var _ when objects == 0:
                    return "is not a JSON object";
                case JsonTokenType.PropertyName when count == FewMembers:
                    slowly = true;
                    break;
                case JsonTokenType.PropertyName:
                    slowly |= reader.ValueIsEscaped;
                    var name = new Name(owners[reader.CurrentDepth - 1], (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                    if (Contains(names[..count], name, json))
                    {
                        return "repeats a member";
                    }

                    names[count++] = name;
                    break;
                case JsonTokenType.String when reader.ValueIsEscaped:
                    // Throws for an escape that is half a surrogate pair.
                    _ = reader.GetString();
                    break;
                default:
                    break;
            }
        }

        if (slowly)
        {
            // Very many members, or two spellings of one name ("sub", "\u0073ub"): rare enough to leave to the slower check of the
            // framework.
            using var document = JsonDocument.Parse(json.ToArray(), Unique);
        }

        return null;
    }

    private static bool Contains(ReadOnlySpan<Name> names, Name sought, ReadOnlySpan<byte> json)
    {
        foreach (var name in names)
        {
            if (name.Owner == sought.Owner && name.Length == sought.Length
                && json.Slice(name.Start, name.Length).SequenceEqual(json.Slice(sought.Start, sought.Length)))
            {
                return true;
            }
        }

        return false;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Name(int Owner, int Start, int Length);
}
