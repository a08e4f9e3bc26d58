using System.Text;

namespace Hoop.GoTemplates;

/// <summary>What a pipeline can yield. Field access and the built-ins reach no other types from a struct of strings.</summary>
internal abstract record Value
{
    /// <summary>Go's name of the type, as <c>%T</c> prints it.</summary>
    public abstract string TypeName { get; }

    /// <summary>What <c>if</c>, <c>and</c>, <c>or</c> and <c>not</c> make of it: the zero value of a type is false.</summary>
    public abstract bool Truth { get; }
}

/// <summary>A Go string: bytes, not necessarily UTF-8.</summary>
internal sealed record TextValue(ReadOnlyMemory<byte> Bytes) : Value
{
    public override string TypeName => "string";

    public override bool Truth => Bytes.Length > 0;

    public static TextValue From(string text) => new(Encoding.UTF8.GetBytes(text));
}

internal sealed record IntValue(long Number) : Value
{
    public override string TypeName => "int";

    public override bool Truth => Number != 0;
}

/// <summary>One byte of a string, as <c>index</c> yields it.</summary>
internal sealed record ByteValue(byte Number) : Value
{
    public override string TypeName => "uint8";

    public override bool Truth => Number != 0;
}

internal sealed record FloatValue(double Number) : Value
{
    public override string TypeName => "float64";

    public override bool Truth => Number != 0;
}

internal sealed record BoolValue(bool Bit) : Value
{
    public override string TypeName => "bool";

    public override bool Truth => Bit;
}

/// <summary>The data of the template: Go's struct of strings.</summary>
/// <param name="Values">One for each field.</param>
internal sealed record DataValue(TemplateFields Fields, TextValue[] Values) : Value
{
    public override string TypeName => Fields.TypeName;

    public override bool Truth => true;

    public TextValue? Field(string name) => Fields.IndexOf(name) is >= 0 and var index ? Values[index] : null;
}

/// <summary><c>nil</c>, and the dot of a template that was called without one.</summary>
internal sealed record NoValue : Value
{
    public static readonly NoValue Instance = new();

    public override string TypeName => "nil";

    public override bool Truth => false;
}
