namespace Hoop.GoTemplates;

/// <summary>
/// What a template may name. To the template its data is a Go struct of strings: the fields in their order, which is the order in which
/// <c>{{.}}</c> prints them.
/// </summary>
public sealed class TemplateFields
{
    /// <param name="templateName">What Go calls the main template (<c>template.New(name)</c>); it may call itself by this name.</param>
    /// <param name="typeName">Go's name of the struct, as <c>%T</c> prints it.</param>
    /// <param name="names">Identifiers that begin with an upper-case letter, each once.</param>
    public TemplateFields(string templateName, string typeName, params IEnumerable<string> names)
    {
        TemplateName = templateName;
        TypeName = typeName;
        Names = [.. names];
        if (Names.Count == 0 || Names.Distinct(StringComparer.Ordinal).Count() != Names.Count || !Names.All(IsExported))
        {
            throw new ArgumentException(
                "the fields of a template are one or more different names that begin with an upper-case letter", nameof(names));
        }
    }

    public string TemplateName { get; }

    public string TypeName { get; }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The position of a field, or -1.</summary>
    internal int IndexOf(string name)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name)
            {
                return i;
            }
        }

        return -1;
    }

    internal string Listed()
    {
        var all = Names.Select(name => "." + name).ToArray();
        return all.Length == 1 ? $"the only field is {all[0]}" : $"the fields are {string.Join(", ", all[..^1])} and {all[^1]}";
    }

    private static bool IsExported(string name) =>
        name.Length > 0 && char.IsAsciiLetterUpper(name[0]) && name.All(char.IsAsciiLetterOrDigit);
}
