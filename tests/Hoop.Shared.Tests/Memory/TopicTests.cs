using Hoop.Shared.Memory;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Memory;

public sealed class TopicTests
{
    [Test]
    public void A_stamp_of_a_key_is_current_until_that_key_changes()
    {
        var topic = new Topic("things");
        var (one, other) = (topic.Mark("one"), topic.Mark("other"));

        topic.Change("one");

        Assert.That((one.IsCurrent, other.IsCurrent), Is.EqualTo((false, true)));
    }

    [Test]
    public void A_change_of_any_ends_every_stamp()
    {
        var topic = new Topic("things");
        var (one, whole) = (topic.Mark("one"), topic.Mark());

        topic.Change(null);

        Assert.That((one.IsCurrent, whole.IsCurrent), Is.EqualTo((false, false)));
    }

    [Test]
    public void What_was_read_while_anything_of_the_topic_changed_is_never_current()
    {
        var topic = new Topic("things");
        var before = topic.Mark();

        topic.Change("another");

        Assert.That(before.Of("one").IsCurrent, Is.False);
    }

    [Test]
    public void What_was_read_in_peace_follows_its_own_key()
    {
        var topic = new Topic("things");
        var stamp = topic.Mark().Of("one");

        topic.Change("other");
        var undisturbed = stamp.IsCurrent;
        topic.Change("one");

        Assert.That((undisturbed, stamp.IsCurrent), Is.EqualTo((true, false)));
    }

    [Test]
    public void The_default_stamp_is_current_of_nothing() => Assert.That(default(Stamp).IsCurrent, Is.False);
}
