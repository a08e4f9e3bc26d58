using Hoop.Shared.Data;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Data;

public sealed class RowIdTests
{
    [Test]
    public async Task Each_id_is_greater_than_the_one_before_it_also_within_a_millisecond()
    {
        var lists = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 50_000).Select(_ => RowId.Next()).ToArray())));

        Assert.Multiple(() =>
        {
            Assert.That(lists, Has.All.Ordered);
            Assert.That(lists.SelectMany(ids => ids).Distinct().Count(), Is.EqualTo(4 * 50_000));
        });
    }

    [Test]
    public void An_id_is_a_UUID_of_version_7_of_now()
    {
        var id = RowId.Next();

        var milliseconds = Convert.ToInt64(id.ToString("N")[..12], 16);
        Assert.Multiple(() =>
        {
            Assert.That((id.Version, id.Variant & 0xC), Is.EqualTo((7, 0x8)));
            Assert.That(
                DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
                Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(1)));
        });
    }
}
