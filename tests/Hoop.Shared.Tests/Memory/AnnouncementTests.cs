using System.Text;
using Hoop.Shared.Memory;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Memory;

public sealed class AnnouncementTests
{
    private static readonly Guid Process = Guid.CreateVersion7();

    [TestCase(1, ExpectedResult = 1)]
    [TestCase(500, ExpectedResult = 500)]
    [TestCase(100_000, ExpectedResult = 1)]
    public int Every_payload_fits_and_nothing_is_lost(int keys)
    {
        var changes = Enumerable.Range(0, keys).Select(index => new Change("topic", $"ключ/{index}/é\u0001")).ToArray();

        var payloads = Announcement.Payloads(Process, 7, changes);
        var read = payloads.Select(payload => Announcement.Parse(payload)!).ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(payloads.Select(Encoding.UTF8.GetByteCount), Is.All.LessThan(8_000));
            Assert.That(read.Select(part => (part.From, part.Number)), Is.All.EqualTo((Process, 7L)));
            Assert.That(read.Select(part => part.Last), Is.EqualTo(Enumerable.Repeat(false, read.Length - 1).Append(true)));
        });
        return read.Sum(part => part.Changes.Count);
    }

    [Test]
    public void A_key_that_fits_nowhere_is_its_whole_topic() => Assert.That(
        Announcement.Parse(Announcement.Payloads(Process, 1, [new Change("topic", new string('k', 100_000))])[0])!.Changes,
        Is.EqualTo(new[] { new Change("topic", null) }));

    [Test]
    public void More_topics_than_fit_are_everything()
    {
        var changes = Enumerable.Range(0, 5_000).Select(index => new Change($"topic-{index:D60}", "key")).ToArray();

        Assert.That(
            Announcement.Parse(Announcement.Payloads(Process, 1, changes).Single())!.Changes, Is.EqualTo(new[] { default(Change) }));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("topic key")]
    [TestCase("""{"k":""}""")]
    [TestCase("""{"k":"","f":"x","n":1,"l":"","o":"","e":true,"c":[]}""")]
    [TestCase("""{"k":"c","f":"00000000-0000-0000-0000-000000000000","n":1.5,"l":"00000000-0000-0000-0000-000000000000","o":"00000000-0000-0000-0000-000000000000","e":true,"c":[1,2]}""")]
    public void What_no_gateway_writes_is_ignored(string payload) => Assert.That(Announcement.Parse(payload), Is.Null);
}
