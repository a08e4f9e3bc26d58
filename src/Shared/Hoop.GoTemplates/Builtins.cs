namespace Hoop.GoTemplates;

/// <summary>What a built-in yields: a value, or why there is none.</summary>
/// <param name="Work">What it cost beyond the text it read and wrote, in the bytes of <see cref="Budget.BytesPerStep"/>.</param>
internal readonly record struct Outcome(Value? Value, string? Failure, int Work = 0)
{
    public static Outcome Fail(string message) => new(null, message);

    public static implicit operator Outcome(Value value) => new(value, null);
}

/// <summary>A function that every template can call.</summary>
/// <param name="Maximum">Null for any number of arguments.</param>
internal sealed record Builtin(string Name, int Minimum, int? Maximum, Func<Value[], Outcome> Body)
{
    /// <summary>For <c>and</c> and <c>or</c>: the truth of the argument that is the answer, after which none is evaluated.</summary>
    public bool? StopsAt { get; init; }

    public string Wants => Maximum == Minimum ? $"{Minimum}" : $"at least {Minimum}";

    public bool Accepts(int count) => count >= Minimum && !(count > Maximum);

    /// <param name="work">Bytes of text that were read and written, and what else it cost, for the budget.</param>
    public Outcome Apply(Value[] arguments, out int work)
    {
        var outcome = Body(arguments);
        work = arguments.Sum(Bytes) + Bytes(outcome.Value) + outcome.Work;
        return outcome;
    }

    private static int Bytes(Value? value) => value is TextValue text ? text.Bytes.Length : 0;
}

/// <summary>The functions of Go 1.19 text/template, without <c>call</c>: there is nothing to call.</summary>
internal static class Builtins
{
    public static readonly IReadOnlyDictionary<string, Builtin> ByName = new Builtin[]
    {
        new("and", 1, null, arguments => arguments[^1]) { StopsAt = false },
        new("or", 1, null, arguments => arguments[^1]) { StopsAt = true },
        new("not", 1, 1, arguments => new BoolValue(!arguments[0].Truth)),
        new("eq", 1, null, Comparison.Equal),
        new("ne", 2, 2, arguments => Comparison.Not(Comparison.Equal(arguments))),
        new("lt", 2, 2, Comparison.Less),
        new("le", 2, 2, Comparison.LessOrEqual),
        new("gt", 2, 2, arguments => Comparison.Not(Comparison.LessOrEqual(arguments))),
        new("ge", 2, 2, arguments => Comparison.Not(Comparison.Less(arguments))),
        new("len", 1, 1, Length),
        new("index", 1, null, Index),
        new("slice", 1, null, Slice),
        new("print", 0, null, arguments => Written(printer => printer.Print(arguments))),
        new("println", 0, null, arguments => Written(printer => printer.PrintLine(arguments))),
        new("printf", 1, null, Format),
        new("html", 0, null, arguments => Escape(arguments, Escapers.Html)),
        new("js", 0, null, arguments => Escape(arguments, Escapers.JavaScript)),
        new("urlquery", 0, null, arguments => Escape(arguments, Escapers.UrlQuery)),
    }.ToDictionary(builtin => builtin.Name, StringComparer.Ordinal);

    private static Outcome Length(Value[] arguments) => arguments[0] is TextValue text
        ? new IntValue(text.Bytes.Length)
        : Outcome.Fail($"len of type {arguments[0].TypeName}");

    /// <summary><c>index x 1 2</c> is <c>x[1][2]</c>. Of a string that is a byte; <c>index x</c> is x itself.</summary>
    private static Outcome Index(Value[] arguments)
    {
        var item = arguments[0];
        if (item is NoValue)
        {
            return Outcome.Fail("index of untyped nil");
        }

        foreach (var argument in arguments.AsSpan(1))
        {
            if (item is not TextValue text)
            {
                return Outcome.Fail($"can't index item of type {item.TypeName}");
            }

            if (Position(argument, text.Bytes.Length - 1, out var failure) is not { } position)
            {
                return Outcome.Fail(failure!);
            }

            item = new ByteValue(text.Bytes.Span[position]);
        }

        return item;
    }

    /// <summary><c>slice x 1 2</c> is <c>x[1:2]</c>, in bytes: it may cut a character in two.</summary>
    private static Outcome Slice(Value[] arguments)
    {
        if (arguments[0] is not TextValue { Bytes: var bytes })
        {
            return Outcome.Fail($"can't slice item of type {arguments[0].TypeName}");
        }

        if (arguments.Length > 3)
        {
            return Outcome.Fail("a string has no more than two slice indexes");
        }

        int[] bounds = [0, bytes.Length];
        for (var i = 1; i < arguments.Length; i++)
        {
            if (Position(arguments[i], bytes.Length, out var failure) is not { } position)
            {
                return Outcome.Fail(failure!);
            }

            bounds[i - 1] = position;
        }

        return bounds[0] <= bounds[1]
            ? new TextValue(bytes[bounds[0]..bounds[1]])
            : Outcome.Fail($"invalid slice index: {bounds[0]} > {bounds[1]}");
    }

    private static int? Position(Value value, int maximum, out string? failure)
    {
        failure = null;
        long? number = value switch
        {
            IntValue whole => whole.Number,
            ByteValue single => single.Number,
            _ => null,
        };
        if (number is null)
        {
            failure = $"cannot index slice/array with type {value.TypeName}";
        }
        else if (number < 0 || number > maximum)
        {
            failure = $"index out of range: {number}";
        }

        return failure is null ? (int)number!.Value : null;
    }

    private static Outcome Format(Value[] arguments) => arguments[0] is TextValue format
        ? Written(printer => printer.PrintFormatted(format.Bytes.Span, arguments.AsSpan(1)))
        : Outcome.Fail($"wrong type for value; expected string; got {arguments[0].TypeName}");

    /// <summary>Escapers see what <c>print</c> would write, except that no value shows as in a plain action.</summary>
    private static Outcome Escape(Value[] arguments, Action<ReadOnlySpan<byte>, BoundedBuffer> escaper)
    {
        var shown = arguments.Select(argument => argument is NoValue ? TextValue.From("<no value>") : argument).ToArray();
        if (Written(printer => printer.Print(shown)).Value is not TextValue text)
        {
            return TooLong;
        }

        var escaped = new BoundedBuffer(TemplateLimits.TextBytes);
        escaper(text.Bytes.Span, escaped);
        return escaped.Overflowed ? TooLong : new TextValue(escaped.Written.ToArray());
    }

    private static Outcome Written(Action<Printer> print)
    {
        var buffer = new BoundedBuffer(TemplateLimits.TextBytes);
        var printer = new Printer(buffer);
        print(printer);
        return buffer.Overflowed ? TooLong : new Outcome(new TextValue(buffer.Written.ToArray()), null, printer.Work);
    }

    private static Outcome TooLong => Outcome.Fail($"the text is longer than {TemplateLimits.TextBytes} bytes");
}
