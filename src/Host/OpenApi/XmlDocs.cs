using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Hoop.Host.OpenApi;

/// <summary>
/// The documentation comments of the product, which the compiler writes beside each assembly: what a reader of the source is told of a
/// slice and of its members is what a reader of the API page is told. Without the files the page has no texts and is right all the
/// same.
/// </summary>
internal sealed partial class XmlDocs
{
    private readonly ConcurrentDictionary<string, Dictionary<string, XElement>> _assemblies = new(StringComparer.Ordinal);

    /// <summary>What a type is; null when nobody says.</summary>
    public string? Of(Type type) => Text(Member(type, $"T:{IdOf(type)}")?.Element("summary"));

    /// <summary>What a member of a body is: the comment of the property, or the one of the record's parameter.</summary>
    public string? Of(Type type, string member) => Text(OfProperty(type, member) ?? OfParameter(type, member));

    /// <summary>The value that the comment of a member gives as its example.</summary>
    public string? ExampleOf(Type type, string member) =>
        (OfProperty(type, member)?.Parent?.Element("example") ?? OfParameter(type, member)?.Element("example"))?.Value.Trim();

    private XElement? OfProperty(Type type, string member)
    {
        for (var owner = type; owner is not null && owner != typeof(object); owner = owner.BaseType)
        {
            if (Member(owner, $"P:{IdOf(owner)}.{member}")?.Element("summary") is { } summary)
            {
                return summary;
            }
        }

        return null;
    }

    private XElement? OfParameter(Type type, string member) =>
        Member(type, $"T:{IdOf(type)}")?.Elements("param").FirstOrDefault(
            parameter => string.Equals(parameter.Attribute("name")?.Value, member, StringComparison.OrdinalIgnoreCase));

    private XElement? Member(Type type, string id) => _assemblies.GetOrAdd(type.Assembly.GetName().Name!, Load).GetValueOrDefault(id);

    private static string IdOf(Type type) =>
        (type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private static Dictionary<string, XElement> Load(string assembly)
    {
        var file = Path.Combine(AppContext.BaseDirectory, assembly + ".xml");
        return File.Exists(file)
            ? XDocument.Load(file).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal)
            : [];
    }

    // A reference is told by its last name, and everything else by its text.
    private static string? Text(XElement? element)
    {
        if (element is null)
        {
            return null;
        }

        var text = new StringBuilder();
        Append(element);
        var line = Blanks().Replace(text.ToString(), " ").Trim();
        return line.Length == 0 ? null : line;

        void Append(XElement parent)
        {
            foreach (var node in parent.Nodes())
            {
                switch (node)
                {
                    case XText words:
                        text.Append(words.Value);
                        break;
                    case XElement { Name.LocalName: "example" }:
                        break;
                    case XElement { HasElements: false, IsEmpty: true } reference:
                        text.Append((reference.Attribute("cref") ?? reference.Attribute("name"))?.Value.Split('.')[^1]);
                        break;
                    case XElement inner:
                        Append(inner);
                        break;
                }
            }
        }
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blanks();
}
