using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Hoop.Shared.Jose;

/// <summary>
/// One judgement for header and claims, made before anything is read from them: a JSON object, valid Unicode throughout, no member twice at any depth.
/// Two readers that disagree about a repeated member are a way around a check (CVE-2026-27896); RFC 7515 section 4 and RFC 7519 section 4 allow to refuse.
/// </summary>
internal static class StrictJson
{
    private const int MaxDepth = 16;

    /// <summary>More than any issuer sends, and few enough that comparing each name with each costs microseconds.</summary>
    private const int MaxMembers = 256;

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
        Span<Name> names = stackalloc Name[MaxMembers];
        Span<int> owners = stackalloc int[MaxDepth + 1];
        var (count, objects, escapedNames) = (0, 0, false);
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
                case JsonTokenType.PropertyName when count == MaxMembers:
                    return "has more than 256 members";
                case JsonTokenType.PropertyName:
                    escapedNames |= reader.ValueIsEscaped;
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

        if (escapedNames)
        {
            // Two spellings of one name ("sub", "\u0073ub"): rare enough to leave to the slower check of the framework.
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
