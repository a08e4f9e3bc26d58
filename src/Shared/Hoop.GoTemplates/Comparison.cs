namespace Hoop.GoTemplates;

/// <summary>The comparison built-ins. Only values of one basic kind compare; an int and a byte do, an int and a float do not.</summary>
internal static class Comparison
{
    private static readonly Outcome Incompatible = Outcome.Fail("incompatible types for comparison");
    private static readonly Outcome WrongType = Outcome.Fail("invalid type for comparison");

    public static Outcome Not(Outcome outcome) => outcome.Value is BoolValue bit ? new BoolValue(!bit.Bit) : outcome;

    /// <summary>Whether the first argument equals any of the others.</summary>
    public static Outcome Equal(Value[] arguments)
    {
        if (arguments.Length == 1)
        {
            return Outcome.Fail("missing argument for comparison");
        }

        foreach (var other in arguments.AsSpan(1))
        {
            switch (AreEqual(arguments[0], other))
            {
                case null:
                    return Incompatible;
                case true:
                    return new BoolValue(true);
            }
        }

        return new BoolValue(false);
    }

    public static Outcome Less(Value[] arguments)
    {
        if (arguments[0] is DataValue or NoValue || arguments[1] is DataValue or NoValue)
        {
            return WrongType;
        }

        return (arguments[0], arguments[1]) switch
        {
            (BoolValue, BoolValue) => WrongType,
            (TextValue a, TextValue b) => new BoolValue(a.Bytes.Span.SequenceCompareTo(b.Bytes.Span) < 0),
            (FloatValue a, FloatValue b) => new BoolValue(a.Number < b.Number),
            var (a, b) => Whole(a) is { } x && Whole(b) is { } y ? new BoolValue(x < y) : Incompatible,
        };
    }

    public static Outcome LessOrEqual(Value[] arguments) =>
        Less(arguments) is { Value: BoolValue { Bit: false } } ? Equal(arguments) : Less(arguments);

    /// <summary>Null when the two cannot be compared. Anything compares with no value, and only no value equals it.</summary>
    private static bool? AreEqual(Value a, Value b) => (a, b) switch
    {
        (NoValue, _) or (_, NoValue) => a is NoValue && b is NoValue,
        (TextValue x, TextValue y) => x.Bytes.Span.SequenceEqual(y.Bytes.Span),
        (FloatValue x, FloatValue y) => x.Number == y.Number,
        (BoolValue x, BoolValue y) => x.Bit == y.Bit,
        (DataValue x, DataValue y) => x.Values.Zip(y.Values).All(pair => AreEqual(pair.First, pair.Second) == true),
        _ => Whole(a) is { } x && Whole(b) is { } y ? x == y : null,
    };

    private static long? Whole(Value value) => value switch
    {
        IntValue whole => whole.Number,
        ByteValue single => single.Number,
        _ => null,
    };
}
