using System.Globalization;
using System.Numerics;
using System.Text;

namespace Hoop.GoTemplates;

/// <summary>
/// Decimal and hexadecimal text of a float64, digit for digit as Go's strconv.FormatFloat. .NET's own fixed-precision formats
/// round an exact half away from zero where Go rounds it to even, so the digits come from the exact value here.
/// </summary>
internal static class FloatText
{
    private const int MantissaBits = 52;

    /// <summary>The value 0.d₁d₂… × 10^Point; no digits for zero.</summary>
    private readonly record struct DecimalDigits(string Digits, int Point)
    {
        public char this[int index] => index >= 0 && index < Digits.Length ? Digits[index] : '0';
    }

    /// <param name="style">One of e E f g G x X b.</param>
    /// <param name="precision">-1 for the fewest digits that read back as the same number.</param>
    public static string Format(double number, char style, int precision)
    {
        var sign = double.IsNegative(number) ? "-" : "";
        var magnitude = Math.Abs(number);
        return sign + style switch
        {
            'b' => Binary(magnitude),
            'x' or 'X' => Hexadecimal(magnitude, style, precision),
            _ => Decimal(magnitude, style, precision),
        };
    }

    /// <summary>
    /// In the bytes of <see cref="Budget.BytesPerStep"/>. A given precision needs every digit of the number first, some 750 for the
    /// smallest.
    /// </summary>
    public static int Cost(double number, int precision) => precision < 0 || number == 0 ? 0 : 8 * (64 + Math.Abs(Math.ILogB(number)));

    /// <summary>The <c>#</c> flag: always a point, and for the general styles the zeros that were left out.</summary>
    public static string WithPoint(string number, char style, int precision)
    {
        var tailAt = number.AsSpan().IndexOfAny(style is 'x' or 'X' ? "pP" : "eE");
        var (head, tail) = tailAt < 0 ? (number, "") : (number[..tailAt], number[tailAt..]);
        var missing = style is 'g' or 'G' or 'x' ? precision < 0 ? 6 : precision : 0;
        var significant = head.AsSpan().TrimStart("0.");
        missing -= significant.Length - significant.Count('.');
        if (style is 'x')
        {
            missing = MissingHexadecimal(head, precision);
        }

        if (!head.Contains('.', StringComparison.Ordinal))
        {
            if (head == "0")
            {
                missing--;
            }

            head += ".";
        }

        return head + new string('0', Math.Max(missing, 0)) + tail;
    }

    /// <summary>Go counts every character from the first that is neither zero nor point, which here is the x of 0x.</summary>
    private static int MissingHexadecimal(string head, int precision) =>
        (precision < 0 ? 6 : precision) - head.AsSpan(1).Length + head.Count(c => c == '.');

    private static string Decimal(double magnitude, char style, int precision)
    {
        var shortest = precision < 0;
        var general = style is 'g' or 'G';
        DecimalDigits digits;
        if (shortest)
        {
            digits = Shortest(magnitude);
            precision = style switch
            {
                'f' => Math.Max(digits.Digits.Length - digits.Point, 0),
                'e' or 'E' => digits.Digits.Length - 1,
                _ => digits.Digits.Length,
            };
        }
        else
        {
            digits = Exact(magnitude);
            precision = general && precision == 0 ? 1 : precision;
            digits = Round(digits, style == 'f' ? digits.Point + precision : general ? precision : precision + 1);
        }

        if (style == 'f')
        {
            return Fixed(digits, precision);
        }

        if (!general)
        {
            return Exponent(digits, precision, style);
        }

        var count = digits.Digits.Length;
        var threshold = shortest ? 6 : precision > count && count >= digits.Point ? count : precision;
        if (digits.Point - 1 < -4 || digits.Point - 1 >= threshold)
        {
            return Exponent(digits, Math.Min(precision, count) - 1, style == 'g' ? 'e' : 'E');
        }

        return Fixed(digits, Math.Max((precision > digits.Point ? count : precision) - digits.Point, 0));
    }

    private static string Fixed(DecimalDigits digits, int precision)
    {
        var text = new StringBuilder();
        for (var i = 0; i < digits.Point; i++)
        {
            text.Append(digits[i]);
        }

        if (text.Length == 0)
        {
            text.Append('0');
        }

        if (precision > 0)
        {
            text.Append('.');
        }

        for (var i = 0; i < precision; i++)
        {
            text.Append(digits[digits.Point + i]);
        }

        return text.ToString();
    }

    private static string Exponent(DecimalDigits digits, int precision, char letter)
    {
        var text = new StringBuilder().Append(digits[0]);
        if (precision > 0)
        {
            text.Append('.');
        }

        for (var i = 1; i <= precision; i++)
        {
            text.Append(digits[i]);
        }

        var exponent = digits.Digits.Length == 0 ? 0 : digits.Point - 1;
        return text.Append(letter).Append(Signed(exponent, "00")).ToString();
    }

    private static string Signed(int exponent, string format) =>
        (exponent < 0 ? "-" : "+") + Math.Abs(exponent).ToString(format, CultureInfo.InvariantCulture);

    private static DecimalDigits Shortest(double magnitude)
    {
        var text = magnitude.ToString("R", CultureInfo.InvariantCulture);
        var exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = exponentAt < 0
            ? 0
            : int.Parse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        return Normal(digits, (point < 0 ? digits.Length : point) + exponent);
    }

    /// <summary>All digits of the number: a double is a whole number times a power of two, so they end.</summary>
    private static DecimalDigits Exact(double magnitude)
    {
        var (mantissa, exponent) = Parts(magnitude);
        if (exponent >= 0)
        {
            var whole = (new BigInteger(mantissa) << exponent).ToString(CultureInfo.InvariantCulture);
            return Normal(whole, whole.Length);
        }

        var scaled = (mantissa * BigInteger.Pow(5, -exponent)).ToString(CultureInfo.InvariantCulture);
        return Normal(scaled, scaled.Length + exponent);
    }

    private static DecimalDigits Normal(string digits, int point)
    {
        var significant = digits.TrimStart('0');
        return significant.Length == 0
            ? new DecimalDigits("", 0)
            : new DecimalDigits(significant.TrimEnd('0'), point - (digits.Length - significant.Length));
    }

    /// <summary>To a number of digits; an exact half goes to the even neighbour.</summary>
    private static DecimalDigits Round(DecimalDigits exact, int count)
    {
        if (count >= exact.Digits.Length)
        {
            return exact;
        }

        if (count < 0)
        {
            return new DecimalDigits("", 0);
        }

        var kept = exact.Digits[..count];
        var isHalf = exact.Digits[count] == '5' && count + 1 == exact.Digits.Length;
        var up = isHalf ? count > 0 && (kept[^1] - '0') % 2 != 0 : exact.Digits[count] >= '5';
        if (!up)
        {
            return Normal(kept, exact.Point);
        }

        var raised = (BigInteger.Parse("0" + kept, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
        return Normal(raised, exact.Point + raised.Length - count);
    }

    private static (ulong Mantissa, int Exponent) Parts(double magnitude)
    {
        var bits = BitConverter.DoubleToUInt64Bits(magnitude);
        var exponent = (int)(bits >> MantissaBits);
        var mantissa = bits & ((1UL << MantissaBits) - 1);
        return exponent == 0 ? (mantissa, -1074) : (mantissa | (1UL << MantissaBits), exponent - 1075);
    }

    private static string Binary(double magnitude)
    {
        var (mantissa, exponent) = Parts(magnitude);
        return mantissa.ToString(CultureInfo.InvariantCulture) + "p" + Signed(exponent, "0");
    }

    /// <summary>0x1.hhhp±dd. The mantissa is held with its leading one at bit 60, so that 15 hexadecimal digits follow it.</summary>
    private static string Hexadecimal(double magnitude, char style, int precision)
    {
        var (mantissa, exponent) = Parts(magnitude);
        var shift = mantissa == 0 ? 0 : BitOperations.LeadingZeroCount(mantissa) - 3;
        mantissa <<= shift;
        exponent = mantissa == 0 ? 0 : exponent - shift + 60;
        if (precision is >= 0 and < 15)
        {
            var dropped = 60 - (precision * 4);
            var rest = mantissa & ((1UL << dropped) - 1);
            var kept = mantissa >> dropped;
            var half = 1UL << (dropped - 1);
            mantissa = (kept + (rest > half || (rest == half && (kept & 1) == 1) ? 1UL : 0UL)) << dropped;
            if (mantissa >> 61 == 1)
            {
                (mantissa, exponent) = (mantissa >> 1, exponent + 1);
            }
        }

        var upper = style == 'X';
        var fraction = (mantissa & ((1UL << 60) - 1)).ToString(upper ? "X15" : "x15", CultureInfo.InvariantCulture);
        fraction = precision < 0 ? fraction.TrimEnd('0') : fraction.PadRight(precision, '0')[..precision];
        var point = fraction.Length > 0 ? "." : "";
        return $"0{style}{mantissa >> 60}{point}{fraction}{(upper ? 'P' : 'p')}{Signed(exponent, "00")}";
    }
}
