using NUnit.Framework;

namespace Hoop.Shared.Tests;

internal sealed class LeadingDashTests
{
    [TestCase("-", true)]
    [TestCase("--admin", true)]
    [TestCase("-x", true)]
    [TestCase("", false)]
    [TestCase("a-b", false)]
    [TestCase("\u2010x", false, Description = "A hyphen that no command line knows")]
    public void A_name_that_looks_like_an_option_is_told(string name, bool refused) =>
        Assert.That(LeadingDash.IsIn(name), Is.EqualTo(refused));

    [Test]
    public void No_name_of_a_resource_begins_with_one() => Assert.That(ResourceName.IsValid("-abc"), Is.False);
}
