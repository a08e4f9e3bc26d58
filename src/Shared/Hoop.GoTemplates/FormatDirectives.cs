namespace Hoop.GoTemplates;

/// <summary>The reading position in a format of <c>printf</c>: takes its parts off, one by one.</summary>
internal ref struct FormatDirectives(ReadOnlySpan<byte> format)
{
    /// <summary>Go takes larger widths and precisions for nonsense.</summary>
    private const int LargestNumber = 1_000_000;

    public ReadOnlySpan<byte> Rest = format;

    /// <summary>The value that the next verb prints.</summary>
    public int Argument;

    /// <summary>An index such as <c>[2]</c> was seen; unused values are then no mistake.</summary>
    public bool Reordered;

    public bool BadIndex;

    public bool Take(byte expected)
    {
        if (Rest.IsEmpty || Rest[0] != expected)
        {
            return false;
        }

        Rest = Rest[1..];
        return true;
    }

    /// <summary>A decimal number; one that is too large swallows the rest of the format.</summary>
    public int? TakeNumber()
    {
        int? number = null;
        while (!Rest.IsEmpty && char.IsAsciiDigit((char)Rest[0]))
        {
            if (number > LargestNumber)
            {
                Rest = [];
                return null;
            }

            number = ((number ?? 0) * 10) + Rest[0] - '0';
            Rest = Rest[1..];
        }

        return number;
    }

    /// <summary><c>[n]</c> chooses the next value, counting from 1. True when a whole index was there, good or bad.</summary>
    public bool TakeIndex(int count)
    {
        if (Rest.IsEmpty || Rest[0] != '[')
        {
            return false;
        }

        Reordered = true;
        var close = Rest.Length < 3 ? -1 : Rest.IndexOf((byte)']');
        if (close < 0)
        {
            BadIndex = true;
            Rest = Rest[1..];
            return false;
        }

        var inside = new FormatDirectives(Rest[1..close]);
        var number = inside.TakeNumber();
        var isNumber = number is not null && inside.Rest.IsEmpty;
        Rest = Rest[(close + 1)..];
        if (isNumber && number >= 1 && number <= count)
        {
            Argument = number!.Value - 1;
        }
        else
        {
            BadIndex = true;
        }

        return isNumber;
    }

    /// <summary>The value for a <c>*</c>: null when it is missing, not whole or too large.</summary>
    public int? TakeStar(ReadOnlySpan<Value> values)
    {
        if (Argument >= values.Length)
        {
            return null;
        }

        long? number = values[Argument++] switch
        {
            IntValue whole => whole.Number,
            ByteValue single => single.Number,
            _ => null,
        };
        return number is >= -LargestNumber and <= LargestNumber ? (int)number : null;
    }
}
