using System.Text;

namespace Hoop.GoTemplates;

/// <summary>Collects bytes up to a limit. Past it nothing is stored or allocated, and <see cref="Overflowed"/> stays true.</summary>
internal sealed class BoundedBuffer(int limit)
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public bool Overflowed { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (Reserve(bytes.Length))
        {
            bytes.CopyTo(_bytes.AsSpan(Length));
            Length += bytes.Length;
        }
    }

    public void Append(byte value) => Append([value]);

    /// <summary>ASCII text only: names of types, signs, digits.</summary>
    public void AppendAscii(string text)
    {
        if (Reserve(text.Length))
        {
            Length += Encoding.ASCII.GetBytes(text, _bytes.AsSpan(Length));
        }
    }

    public void Append(Rune rune)
    {
        Span<byte> encoded = stackalloc byte[4];
        Append(encoded[..rune.EncodeToUtf8(encoded)]);
    }

    public void AppendRepeated(byte value, int count)
    {
        if (count > 0 && Reserve(count))
        {
            _bytes.AsSpan(Length, count).Fill(value);
            Length += count;
        }
    }

    /// <summary>Gives up at once, for a caller who knows that what follows cannot fit.</summary>
    public void Overflow() => Overflowed = true;

    private bool Reserve(int count)
    {
        if (Overflowed || count > limit - Length)
        {
            Overflowed = true;
            return false;
        }

        if (Length + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Min(limit, Math.Max(Length + count, Math.Max(64, _bytes.Length * 2))));
        }

        return true;
    }
}
