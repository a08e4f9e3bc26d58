namespace Hoop.Spiffe.Templates;

/// <summary>What stands between <c>%</c> and the verb of a printf directive.</summary>
internal record struct FormatFlags
{
    internal bool Minus { get; set; }

    internal bool Plus { get; set; }

    internal bool Sharp { get; set; }

    internal bool Space { get; set; }

    /// <summary>Padding on the left is zeros, of text too.</summary>
    internal bool Zero { get; set; }

    internal int? Width { get; set; }

    internal int? Precision { get; set; }

    /// <summary><c>%+v</c>: names of fields.</summary>
    internal bool FieldNames { get; set; }

    /// <summary><c>%#v</c>: Go syntax.</summary>
    internal bool GoSyntax { get; set; }
}
