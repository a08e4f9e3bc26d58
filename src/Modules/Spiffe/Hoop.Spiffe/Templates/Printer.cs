using System.Text;

namespace Hoop.Spiffe.Templates;

/// <summary>
/// Go 1.19's fmt for the values a template can have: Print, Println and Printf, with Go's text for mistakes
/// (<c>%!d(string=x)</c>). Verbs and their values are in the other half of this class.
/// </summary>
internal sealed partial class Printer(BoundedBuffer output)
{
    /// <summary>Go takes larger widths and precisions for nonsense.</summary>
    private const int LargestNumber = 1_000_000;

    private FormatFlags _flags;

    /// <summary>What printing cost beyond the text itself, in the bytes of <see cref="Budget.BytesPerStep"/>.</summary>
    public int Work { get; private set; }

    /// <summary>A space between two operands when neither is a string.</summary>
    public void Print(ReadOnlySpan<Value> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0 && values[i - 1] is not TextValue && values[i] is not TextValue)
            {
                output.Append((byte)' ');
            }

            Print(values[i], 'v');
        }
    }

    public void PrintLine(ReadOnlySpan<Value> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                output.Append((byte)' ');
            }

            Print(values[i], 'v');
        }

        output.Append((byte)'\n');
    }

    public void PrintFormatted(ReadOnlySpan<byte> format, ReadOnlySpan<Value> values)
    {
        var directives = new Directives(format);
        while (!directives.Rest.IsEmpty && !output.Overflowed)
        {
            var percent = directives.Rest.IndexOf((byte)'%');
            output.Append(percent < 0 ? directives.Rest : directives.Rest[..percent]);
            if (percent < 0)
            {
                break;
            }

            directives.Rest = directives.Rest[(percent + 1)..];
            Directive(ref directives, values);
        }

        if (!directives.Reordered && directives.Argument < values.Length)
        {
            Extra(values[directives.Argument..]);
        }
    }

    /// <summary>Reading position of a format.</summary>
    private ref struct Directives(ReadOnlySpan<byte> format)
    {
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

            var inside = new Directives(Rest[1..close]);
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

    /// <summary>One directive, its percent sign is past.</summary>
    private void Directive(ref Directives directives, ReadOnlySpan<Value> values)
    {
        directives.BadIndex = false;
        TakeFlags(ref directives);
        var afterIndex = directives.TakeIndex(values.Length);
        TakeWidth(ref directives, values, ref afterIndex);
        TakePrecision(ref directives, values, ref afterIndex);
        if (!afterIndex)
        {
            directives.TakeIndex(values.Length);
        }

        if (directives.Rest.IsEmpty)
        {
            output.AppendAscii("%!(NOVERB)");
            return;
        }

        var verb = Utf8Text.FirstRune(directives.Rest, out var length);
        directives.Rest = directives.Rest[length..];
        if (verb.Value == '%')
        {
            output.Append((byte)'%');
        }
        else if (directives.BadIndex)
        {
            Mistake(verb, "(BADINDEX)");
        }
        else if (directives.Argument >= values.Length)
        {
            Mistake(verb, "(MISSING)");
        }
        else
        {
            PrintVerb(values[directives.Argument++], verb.Value);
        }
    }

    private void PrintVerb(Value value, int verb)
    {
        if (verb == 'v')
        {
            _flags = _flags with { GoSyntax = _flags.Sharp, FieldNames = _flags.Plus, Sharp = false, Plus = false };
        }

        Print(value, verb);
    }

    private void TakeFlags(ref Directives directives)
    {
        _flags = default;
        while (true)
        {
            if (directives.Take((byte)'#'))
            {
                _flags.Sharp = true;
            }
            else if (directives.Take((byte)'0'))
            {
                _flags.Zero = !_flags.Minus;
            }
            else if (directives.Take((byte)'+'))
            {
                _flags.Plus = true;
            }
            else if (directives.Take((byte)'-'))
            {
                (_flags.Minus, _flags.Zero) = (true, false);
            }
            else if (directives.Take((byte)' '))
            {
                _flags.Space = true;
            }
            else
            {
                return;
            }
        }
    }

    private void TakeWidth(ref Directives directives, ReadOnlySpan<Value> values, ref bool afterIndex)
    {
        if (!directives.Take((byte)'*'))
        {
            _flags.Width = directives.TakeNumber();
            directives.BadIndex |= afterIndex && _flags.Width is not null;
            return;
        }

        afterIndex = false;
        _flags.Width = directives.TakeStar(values);
        if (_flags.Width is null)
        {
            output.AppendAscii("%!(BADWIDTH)");
        }

        if (_flags.Width < 0)
        {
            _flags = _flags with { Width = -_flags.Width, Minus = true, Zero = false };
        }
    }

    /// <summary>A point that ends the format is the verb, not a precision.</summary>
    private void TakePrecision(ref Directives directives, ReadOnlySpan<Value> values, ref bool afterIndex)
    {
        if (directives.Rest.Length < 2 || !directives.Take((byte)'.'))
        {
            return;
        }

        directives.BadIndex |= afterIndex;
        afterIndex = directives.TakeIndex(values.Length);
        if (!directives.Take((byte)'*'))
        {
            _flags.Precision = directives.TakeNumber() ?? 0;
            return;
        }

        afterIndex = false;
        _flags.Precision = directives.TakeStar(values);
        if (_flags.Precision < 0)
        {
            _flags.Precision = null;
        }

        if (_flags.Precision is null)
        {
            output.AppendAscii("%!(BADPREC)");
        }
    }

    /// <summary>Values that no verb used.</summary>
    private void Extra(ReadOnlySpan<Value> values)
    {
        _flags = default;
        output.AppendAscii("%!(EXTRA ");
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                output.AppendAscii(", ");
            }

            Typed(values[i]);
        }

        output.Append((byte)')');
    }

    private void Mistake(Rune verb, string what)
    {
        output.AppendAscii("%!");
        output.Append(verb);
        output.AppendAscii(what);
    }
}
