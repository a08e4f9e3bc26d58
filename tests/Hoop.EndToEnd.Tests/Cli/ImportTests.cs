using System.Globalization;
using System.Text;
using Hoop.Cli;
using Hoop.Cli.SpiffeMappings;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>hoop admin import spiffe-mappings, against a real gateway.</summary>
public sealed class ImportTests
{
    private TestGateway _gateway = null!;
    private HoopProcess _hoop = null!;
    private string _file = null!;
    private string _agent = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _hoop = new HoopProcess(_gateway.Address, TestGateway.AdminToken);
        _file = Path.GetTempFileName();
        _agent = (await _gateway.Operator.Post("/api/agents", new { name = "imported" })).Text("id")!;
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        File.Delete(_file);
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task A_file_of_several_parts_is_imported_and_again_changes_nothing()
    {
        await File.WriteAllLinesAsync(_file, Enumerable.Range(0, LineParts.MostLines + 3).Select(i => Line("many.test", i)));

        var first = await _hoop.Run("admin", "import", "spiffe-mappings", "-f", _file);
        var again = await _hoop.Run("admin", "import", "spiffe-mapping", "-f", _file, "-o", "json");

        Assert.That(first, Is.EqualTo(new Ran(0, "20003 spiffe-mappings created, 0 were there already\n", "")));
        Assert.That(again, Is.EqualTo(new Ran(0, """{"lines":20003,"created":0,"unchanged":20003}""" + "\n", "")));
    }

    [Test]
    public async Task A_wrong_line_of_a_later_part_is_named_as_the_file_counts()
    {
        var lines = Enumerable.Range(0, LineParts.MostLines + 5).Select(i => Line("wrong.test", i)).ToArray();
        lines[^1] = """{"trust_domain":"wrong.test"}""";
        await File.WriteAllLinesAsync(_file, lines);

        var ran = await _hoop.Run("admin", "import", "spiffe-mappings", "-f", _file);

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(ran.Error, Does.Contain("line 20005: exactly one of spiffe_id or spiffe_prefix must be set"));
    }

    [Test]
    public async Task What_cannot_be_read_is_said()
    {
        Assert.That((await _hoop.Run("admin", "import", "spiffe-mappings")).Error, Does.Contain("-f FILE is required"));
        Assert.That(
            (await _hoop.Run("admin", "import", "spiffe-mappings", "-f", "/nowhere")).Error,
            Does.Contain("-f: /nowhere cannot be read: there is no such file"));
        Assert.That(
            (await _hoop.Run("admin", "import", "spiffe-mappings", "-f", "/")).Error, Does.Contain("it is a folder").Or.Contain("permission denied"));
    }

    [TestCase("a\nbb\nccc", 3)]
    [TestCase("a\nbb\nccc\n", 3)]
    [TestCase("\n\n", 2)]
    [TestCase("", 0)]
    public async Task Lines_are_cut_where_they_end(string text, long count)
    {
        var parts = new LineParts(new TrickleStream(Encoding.UTF8.GetBytes(text)));
        var all = new StringBuilder();
        while (await parts.Next(CancellationToken.None) is { Length: > 0 } part)
        {
            all.Append(Encoding.UTF8.GetString(part.Span));
        }

        Assert.That((all.ToString(), parts.NextLine - 1), Is.EqualTo((text, count)));
    }

    [Test]
    public async Task Parts_hold_whole_lines_and_no_more_than_is_allowed()
    {
        var text = string.Concat(Enumerable.Range(0, 45_000).Select(i => $"{i} {new string('x', i % 300)}\n"));
        var parts = new LineParts(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        var all = new StringBuilder();
        while (await parts.Next(CancellationToken.None) is { Length: > 0 } part)
        {
            var piece = Encoding.UTF8.GetString(part.Span);
            Assert.That(piece, Does.EndWith("\n"));
            Assert.That(piece.Count(character => character == '\n'), Is.LessThanOrEqualTo(LineParts.MostLines));
            Assert.That(piece, Has.Length.LessThanOrEqualTo(LineParts.MostBytes));
            all.Append(piece);
        }

        Assert.That(all.ToString(), Is.EqualTo(text));
    }

    [Test]
    public void A_line_that_never_ends_is_refused() => Assert.That(
        () => new LineParts(new MemoryStream(new byte[LineParts.MostBytes + 1])).Next(CancellationToken.None),
        Throws.InstanceOf<CliFailure>().With.Message.StartsWith("line 1 is longer than 4 MiB"));

    private string Line(string domain, int number) => string.Create(
        CultureInfo.InvariantCulture, $$"""{"trust_domain":"{{domain}}","spiffe_id":"spiffe://{{domain}}/{{number}}","agent_id":"{{_agent}}"}""");

    /// <summary>A byte a read.</summary>
    private sealed class TrickleStream(byte[] content) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
