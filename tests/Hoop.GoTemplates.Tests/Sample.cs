using System.Diagnostics.CodeAnalysis;

namespace Hoop.GoTemplates.Tests;

/// <summary>Templates over the struct that the table of <see cref="GoldenRow"/> was made with.</summary>
internal static class Sample
{
    public static readonly TemplateFields Fields = new("agent_template", "spiffe.TemplateData", "WorkloadIdentifier", "SPIFFEID");

    public static bool TryParse(string text, [NotNullWhen(true)] out GoTemplate? template, [NotNullWhen(false)] out TemplateError? error) =>
        GoTemplate.TryParse(text, Fields, out template, out error);

    public static GoTemplate Parsed(string source) =>
        TryParse(source, out var template, out var error) ? template : throw new ArgumentException(error.ToString(), nameof(source));
}
