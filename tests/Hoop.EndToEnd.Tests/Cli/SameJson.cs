using System.Text.Json;
using NUnit.Framework.Constraints;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>A body that says the same, in whatever order of members: it is a map to whoever reads it.</summary>
internal sealed class SameJson : Constraint
{
    private readonly string _expected;

    private SameJson(string expected)
        : base(expected) => _expected = expected;

    public override string Description => $"JSON like {_expected}";

    public static SameJson As(string expected) => new(expected);

    public override ConstraintResult ApplyTo<TActual>(TActual actual)
    {
        var text = actual is JsonElement element ? element.GetRawText() : actual as string ?? "null";
        return new ConstraintResult(this, text, JsonElement.DeepEquals(JsonElement.Parse(text), JsonElement.Parse(_expected)));
    }
}
