namespace Hoop.GoTemplates;

/// <summary>What stands between <c>%</c> and the verb of a printf directive.</summary>
internal record struct FormatFlags
{
    public bool Minus { get; set; }

    public bool Plus { get; set; }

    public bool Sharp { get; set; }

    public bool Space { get; set; }

    /// <summary>Padding on the left is zeros, of text too.</summary>
    public bool Zero { get; set; }

    public int? Width { get; set; }

    public int? Precision { get; set; }

    /// <summary><c>%+v</c>: names of fields.</summary>
    public bool FieldNames { get; set; }

    /// <summary><c>%#v</c>: Go syntax.</summary>
    public bool GoSyntax { get; set; }
}
