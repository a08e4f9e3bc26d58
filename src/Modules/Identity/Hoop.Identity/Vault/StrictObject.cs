using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Hoop.Identity.Vault;

/// <summary>
/// A JSON object from hostile hands, judged in one pass before anything is read from it: UTF-8 throughout, not too many names and values,
/// no member twice at any depth, no half of a surrogate pair, no NUL (which the database cannot hold). Its members stay where they are.
/// </summary>
internal static class StrictObject
{
    /// <summary>
    /// Names, values and brackets of one body. A list of 100,000 ids is far below, and 32 MiB of brackets would cost many times as much
    /// memory as they are long (CVE-2025-6203).
    /// </summary>
    public const int MostTokens = 500_000;

    /// <summary>
    /// Of one text or name, as Vault has it. No rule lets so long a one pass, and a text in memory is twice as long as its bytes, in one
    /// piece.
    /// </summary>
    public const int LongestText = 1024 * 1024;

    public const int MostDepth = 32;

    private const string HalfOfAPair = "a string holds half of a surrogate pair";

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MostDepth };

    private static readonly UTF8Encoding Utf8Only = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Nothing and <c>null</c> have no members.</summary>
    /// <param name="into">The members; not to be used after an error.</param>
    public static Error? Read(in ReadOnlySequence<byte> json, IDictionary<string, VaultValue> into)
    {
        if (IsBlank(json))
        {
            return null;
        }

        if (!IsUtf8(json))
        {
            return Refuse("the text is not UTF-8");
        }

        try
        {
            return Judge(json, into);
        }
        catch (JsonException exception)
        {
            return Refuse($"not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
        }
    }

    public static Error TooComplex(string input) =>
        Error.Malformed($"refused {input} input due to high complexity: more than {MostTokens} names and values");

    /// <param name="field">That it is in; of a name that is too long itself, none.</param>
    public static Error TooLong(string? field) => field is null
        ? Error.Malformed($"refused the input due to high complexity: a name of more than {LongestText >> 20} MiB")
        : VaultBody.Unfit(field, $"a text of more than {LongestText >> 20} MiB");

    /// <exception cref="JsonException">It is no JSON; what is wrong with its names and texts counts only when it is.</exception>
    private static Error? Judge(in ReadOnlySequence<byte> json, IDictionary<string, VaultValue> into)
    {
        var reader = new Utf8JsonReader(json, Options);
        var names = new MemberNames(json);
        var (tokens, root, member, start) = (0, JsonTokenType.None, "", 0L);
        var (isBroken, isSpared, nulIn) = (false, false, default(string));
        while (reader.Read())
        {
            if (++tokens > MostTokens)
            {
                return TooComplex("JSON");
            }

            root = root == JsonTokenType.None ? reader.TokenType : root;
            var text = new JsonText();
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    names.Open(reader.CurrentDepth);
                    break;
                case JsonTokenType.EndObject:
                    names.Close(reader.CurrentDepth);
                    break;
                case JsonTokenType.PropertyName:
                    text = JsonText.Judge(reader);
                    if (text.Length > LongestText)
                    {
                        return TooLong(field: null);
                    }

                    names.Add(reader, text.IsBroken);
                    if (reader.CurrentDepth == 1)
                    {
                        member = text.IsBroken ? "" : JsonText.Of(reader);
                        // Of a member whose name is refused, the value is not looked at.
                        isSpared = text.HoldsNul;
                    }

                    break;
                case JsonTokenType.String:
                    text = JsonText.Judge(reader);
                    break;
                case JsonTokenType.Number:
                    text = JsonText.Judge(reader);
                    break;
                default:
                    break;
            }

            if (text.Length > LongestText)
            {
                return TooLong(member);
            }

            isBroken |= text.IsBroken && !isSpared;
            nulIn ??= text.HoldsNul ? member : null;
            if (reader.CurrentDepth == 1 && reader.TokenType != JsonTokenType.PropertyName)
            {
                start = IsEnd(reader.TokenType) ? start : reader.TokenStartIndex;
                into[member] = new VaultValue(json.Slice(start, reader.BytesConsumed - start));
            }
        }

        return names.Problem is { } problem ? Refuse(problem)
            : root == JsonTokenType.Null ? null
            : root != JsonTokenType.StartObject ? Refuse("the body must be an object")
            : isBroken ? Refuse(HalfOfAPair)
            : nulIn is not null ? VaultBody.Unfit(nulIn, VaultBody.Nul)
            : null;
    }

    private static bool IsEnd(JsonTokenType type) => type is JsonTokenType.EndArray or JsonTokenType.EndObject;

    private static Error Refuse(string problem) => Error.Malformed($"failed to parse JSON input: {problem}");

    private static bool IsBlank(in ReadOnlySequence<byte> text)
    {
        foreach (var piece in text)
        {
            if (!piece.Span.Trim(" \t\r\n"u8).IsEmpty)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsUtf8(in ReadOnlySequence<byte> text)
    {
        if (text.IsSingleSegment)
        {
            return Utf8.IsValid(text.FirstSpan);
        }

        try
        {
            // A character may be begun in one piece and ended in the next.
            var decoder = Utf8Only.GetDecoder();
            Span<char> chars = stackalloc char[1024];
            foreach (var piece in text)
            {
                for (var rest = piece.Span; !rest.IsEmpty;)
                {
                    decoder.Convert(rest, chars, flush: false, out var used, out _, out _);
                    rest = rest[used..];
                }
            }

            decoder.Convert([], chars, flush: true, out _, out _, out _);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>The names of the objects that are open, each as its text is: two spellings are one name.</summary>
    private sealed class MemberNames(ReadOnlySequence<byte> json)
    {
        /// <summary>Emptying a set costs as much as its room, and an array may hold very many small objects.</summary>
        private const int MostKept = 64;

        private readonly HashSet<ReadOnlyMemory<byte>>?[] _open = new HashSet<ReadOnlyMemory<byte>>?[MostDepth + 1];
        private readonly string?[] _problems = new string?[MostDepth + 1];

        /// <summary>Of the first object that ended and has one.</summary>
        public string? Problem { get; private set; }

        public void Open(int depth)
        {
            _open[depth] ??= new HashSet<ReadOnlyMemory<byte>>(SameBytes.Instance);
            _problems[depth] = null;
        }

        public void Close(int depth)
        {
            Problem ??= _problems[depth];
            if (_open[depth]!.Count > MostKept)
            {
                _open[depth] = null;
            }
            else
            {
                _open[depth]!.Clear();
            }
        }

        public void Add(in Utf8JsonReader reader, bool isBroken)
        {
            var depth = reader.CurrentDepth - 1;
            _problems[depth] ??= isBroken ? HalfOfAPair : _open[depth]!.Add(NameOf(reader)) ? null : "a member is there twice";
        }

        private ReadOnlyMemory<byte> NameOf(in Utf8JsonReader reader)
        {
            var length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
            var written = json.Slice(reader.TokenStartIndex + 1, length);
            if (reader.ValueIsEscaped)
            {
                var text = new byte[written.Length];
                return text.AsMemory(0, reader.CopyString(text));
            }

            return written.IsSingleSegment ? written.First : written.ToArray();
        }
    }

    private sealed class SameBytes : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static readonly SameBytes Instance = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        // Of this process alone: nobody outside knows names that collide.
        public int GetHashCode(ReadOnlyMemory<byte> obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj.Span);
            return hash.ToHashCode();
        }
    }
}
