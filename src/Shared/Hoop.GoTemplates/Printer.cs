using System.Text;

namespace Hoop.GoTemplates;

/// <summary>
/// Go 1.19's fmt for the values a template can have: Print, Println and Printf, with Go's text for mistakes
/// (<c>%!d(string=x)</c>). Values and numbers are in the other parts of this class.
/// </summary>
internal sealed partial class Printer(BoundedBuffer output)
{
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
        var directives = new FormatDirectives(format);
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

    /// <summary>One directive, its percent sign is past.</summary>
    private void Directive(ref FormatDirectives directives, ReadOnlySpan<Value> values)
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

    private void TakeFlags(ref FormatDirectives directives)
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

    private void TakeWidth(ref FormatDirectives directives, ReadOnlySpan<Value> values, ref bool afterIndex)
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
    private void TakePrecision(ref FormatDirectives directives, ReadOnlySpan<Value> values, ref bool afterIndex)
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
