using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Cli.Federation;
using Hoop.Cli.Output;
using NUnit.Framework;
using YamlDotNet.RepresentationModel;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>JSON as YAML says the same, to this program's own reader and to any other.</summary>
public sealed class YamlTests
{
    [Test]
    public void A_resource_in_block_style()
    {
        var yaml = Yaml.Of("""
            {"id":"018f","name":"web","groups":["ops","no"],"none":[],"empty":{},"absent":null,"n":5,"on":true,
             "conditions":[{"claim":"sub","one_of":["a","b: c"]},{"claim":"x"}],"nested":{"a":{"b":"x y"}},"text":"two\nlines","time":"2026-01-01T00:00:00Z"}
            """);

        Assert.That(yaml, Is.EqualTo("""
            id: "018f"
            name: web
            groups:
              - ops
              - "no"
            none: []
            empty: {}
            absent: null
            "n": 5
            "on": true
            conditions:
              - claim: sub
                one_of:
                  - a
                  - "b: c"
              - claim: x
            nested:
              a:
                b: x y
            text: "two\nlines"
            time: "2026-01-01T00:00:00Z"
            """));
    }

    [TestCase("[]", "[]")]
    [TestCase("null", "null")]
    [TestCase("\"x\"", "x")]
    [TestCase("[[1,[2]],{\"a\":[]}]", "- - 1\n  - - 2\n- a: []")]
    [TestCase("not json", "not json")]
    public void Small_ones(string json, string yaml) => Assert.That(Yaml.Of(json), Is.EqualTo(yaml));

    [TestCase("yes")]
    [TestCase("Null")]
    [TestCase("~")]
    [TestCase("1e3")]
    [TestCase("0x1F")]
    [TestCase("0o17")]
    [TestCase(".5")]
    [TestCase("- x")]
    [TestCase("a #b")]
    [TestCase("a: b")]
    [TestCase("a:")]
    [TestCase("{x}")]
    [TestCase("*x")]
    [TestCase("")]
    [TestCase(" x")]
    [TestCase("x ")]
    [TestCase("Infinity")]
    [TestCase("NaN")]
    [TestCase("\u009b31m")]
    [TestCase("2026-11-26")]
    [TestCase("{{.WorkloadIdentifier}}")]
    public void A_text_stays_a_text(string text) =>
        Assert.That(Back(Yaml.Of(JsonSerializer.Serialize(new { x = text }))), Is.EqualTo(text));

    [Test]
    public void Any_text_stays_what_it_is() => Prop.ForAll<string>(text =>
    {
        // YAML has no lone surrogates, as JSON's own writer has none.
        if (text is null || text.Any(char.IsSurrogate))
        {
            return true;
        }

        var json = JsonSerializer.Serialize(new { x = text });
        return Back(Yaml.Of(json)) == text;
    }).QuickCheckThrowOnFailure();

    private static string? Back(string yaml)
    {
        var mapping = (YamlMappingNode)PolicyYaml.Documents(Printable.Block(yaml)).Single();
        var scalar = (YamlScalarNode)mapping.Children.Single().Value;
        return !PolicyYaml.IsNull(scalar) && PolicyYaml.Scalar(scalar, "x").TryGetValue<string>(out var text) ? text : null;
    }
}
