namespace Hoop.Fuzz;

/// <summary>Changes inputs at random, from a seed: the same seed makes the same inputs.</summary>
internal sealed class Mutator(int seed)
{
    private const int MaxLength = 16 * 1024;

    private readonly Random _random = new(seed);

    public byte[] Next(IReadOnlyList<byte[]> corpus)
    {
        var bytes = new List<byte>(Pick(corpus));
        for (var changes = _random.Next(1, 9); changes > 0; changes--)
        {
            Change(bytes, corpus);
        }

        if (bytes.Count > MaxLength)
        {
            bytes.RemoveRange(MaxLength, bytes.Count - MaxLength);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> corpus)
    {
        var at = _random.Next(bytes.Count + 1);
        switch (_random.Next(7))
        {
            case 0 when bytes.Count > 0:
                bytes[at % bytes.Count] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when bytes.Count > 0:
                bytes[at % bytes.Count] = (byte)_random.Next(256);
                break;
            case 2:
                bytes.InsertRange(at, Pick(Tokens));
                break;
            case 3 when at < bytes.Count:
                bytes.RemoveRange(at, _random.Next(1, Math.Min(32, bytes.Count - at) + 1));
                break;
            case 4 when at < bytes.Count:
                var block = bytes.GetRange(at, _random.Next(1, Math.Min(64, bytes.Count - at) + 1));
                for (var times = _random.Next(1, 1 << _random.Next(8)); times > 0 && bytes.Count < MaxLength; times--)
                {
                    bytes.InsertRange(at, block);
                }

                break;
            case 5:
                var other = Pick(corpus);
                var from = _random.Next(other.Length + 1);
                bytes.InsertRange(at, other[from..]);
                break;
            default:
                bytes.Insert(at, (byte)_random.Next(32, 127));
                break;
        }
    }

    private byte[] Pick(IReadOnlyList<byte[]> from) => from[_random.Next(from.Count)];

    /// <summary>What readers of several formats treat in a way of its own.</summary>
    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "\0", "\r\n", "\u00ad", "\u202e", "\ufeff", "%00", "%2f", "..", "//", "://", "\\", "\"", "'", "`", "{", "}", "[", "]", "{{",
                "}}", "{{-", "-}}",
            "null", "true", "1e999", "-0", "9223372036854775808", "0x1p-2", "0777", "<<: *a", "&a ", "!!binary ", "---\n", "- ", ": ",
                "\t", "|", "$x", ":=",
            "range", "end", "define", "template", "printf", "%99999d", "slice", "index", "eyJ", ".", "=", "alg", "none", "sub", "aud",
                "exp", "crit",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
        [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff], [0xf4, 0x90, 0x80, 0x80],
    ];
}
