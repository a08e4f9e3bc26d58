using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Sources;

/// <summary>Whoever meets a code finds it in the documents.</summary>
public sealed partial class ErrorCodeTests
{
    private static readonly string[] Documents =
        ["docs/troubleshooting.md", "docs/federation.md", "docs/sign-in.md", "docs/service-accounts.md"];

    [Test]
    public void Each_code_of_an_error_is_explained()
    {
        var documents = string.Concat(
            Documents.Select(document => Path.Combine(Product.Root, document)).Where(File.Exists).Select(File.ReadAllText));
        var codes = Product.Files("src", "*.cs").SelectMany(file => Codes(file.Text)).ToHashSet(StringComparer.Ordinal);

        Assert.That(codes, Has.Count.GreaterThan(50), "they are found");
        Assert.That(
            codes.Where(code => !documents.Contains($"`{code}`", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            Is.Empty,
            "say in docs/troubleshooting.md what it means and what to do");
    }

    [TestCase("""Error.Denied("no", "some_code")""", "some_code")]
    [TestCase("""Error.Invalid($"at most {Most(1)} of them", code: "too_many_things")""", "too_many_things")]
    [TestCase("""new Error(ErrorKind.TooLarge, "too_large", text)""", "too_large")]
    [TestCase("""Error.Invalid("name: required")""", null)]
    public void A_code_is_seen(string source, string? code) =>
        Assert.That(Codes(source), code is null ? Is.Empty : Is.EqualTo(new[] { code }));

    // The last argument of one of Error's makers, when it is a literal of a code's letters, or the code of a new one.
    private static IEnumerable<string> Codes(string source) => Calls().Matches(source)
        .Select(call => call.Value[0] == 'n' ? source[call.Index..] : Arguments(source, call.Index + call.Length))
        .Select(text => (text[0] == 'n' ? First() : Last()).Match(text))
        .Where(match => match.Success)
        .Select(match => match.Groups["code"].Value);

    /// <summary>What stands between the brackets; brackets in texts do not count.</summary>
    private static string Arguments(string source, int start)
    {
        var (depth, inText) = (1, false);
        for (var at = start; at < source.Length; at++)
        {
            switch (source[at])
            {
                case '\\':
                    at++;
                    break;
                case '"':
                    inText = !inText;
                    break;
                case '(' when !inText:
                    depth++;
                    break;
                case ')' when !inText && --depth == 0:
                    return $"({source[start..at]}";
            }
        }

        return "(";
    }

    [GeneratedRegex(
        @"\bError\.(Malformed|Invalid|Denied|NotFound|Conflict|Unavailable|TooMany)\(|new( Error)?\(\s*ErrorKind\.",
        RegexOptions.ExplicitCapture,
        5_000)]
    private static partial Regex Calls();

    [GeneratedRegex(@"^new( Error)?\(\s*ErrorKind\.\w+,\s*""(?<code>[a-z_]+)""", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex First();

    [GeneratedRegex(@",\s*(code:\s*)?""(?<code>[a-z_]+)""\s*$", RegexOptions.ExplicitCapture | RegexOptions.RightToLeft, 5_000)]
    private static partial Regex Last();
}
