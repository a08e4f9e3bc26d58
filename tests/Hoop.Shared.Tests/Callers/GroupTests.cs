using Hoop.Shared.Callers;
using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Callers;

/// <summary>Groups give roles: which names they may have, and which role comes of them.</summary>
public sealed class GroupTests
{
    private const string Unseen = "must not hold control or invisible characters, or surrounding blanks";

    [TestCase("", Role.Standard)]
    [TestCase("staff", Role.Standard)]
    [TestCase("auditor", Role.Auditor)]
    [TestCase("admin", Role.Admin)]
    [TestCase("auditor,admin", Role.Admin)]
    [TestCase("admin,auditor", Role.Admin)]
    [TestCase("Admin", Role.Standard, Description = "byte for byte")]
    [TestCase("admin ", Role.Standard)]
    [TestCase("administrator", Role.Standard)]
    public void A_role_comes_of_a_group(string groups, Role expected) => Assert.That(
        new RoleGroups("admin", "auditor").RoleOf(groups.Split(',', StringSplitOptions.RemoveEmptyEntries)), Is.EqualTo(expected));

    [TestCase(null, null, "admin", "auditor")]
    [TestCase("ops", null, "ops", "auditor")]
    [TestCase("ops", "readers", "ops", "readers")]
    public void The_groups_are_settings(string? admin, string? auditor, string expectedAdmin, string expectedAuditor) =>
        Assert.That(RoleGroups.From(Configured(admin, auditor)), Is.EqualTo(new RoleGroups(expectedAdmin, expectedAuditor)));

    [TestCase("same", "same")]
    [TestCase("auditor", null)]
    [TestCase(null, "admin")]
    public void One_group_for_both_would_make_every_auditor_an_admin(string? admin, string? auditor) => Assert.That(
        () => RoleGroups.From(Configured(admin, auditor)),
        Throws.TypeOf<ConfigurationException>().With.Property(nameof(ConfigurationException.Variable)).EqualTo("HOOP_AUDITOR_GROUP"));

    [TestCase("staff", null)]
    [TestCase("Ärzte und Pflege", null)]
    [TestCase("データ", null)]
    [TestCase("", "must not be blank")]
    [TestCase("   ", "must not be blank")]
    [TestCase(" staff", Unseen)]
    [TestCase("staff\n", Unseen)]
    [TestCase("ad\u200Bmin", Unseen)]
    [TestCase("ad\u202Emin", Unseen)]
    [TestCase("ad\uFEFFmin", Unseen)]
    [TestCase("ad\0min", Unseen)]
    public void A_name_that_looks_like_another_is_refused(string name, string? problem) =>
        Assert.That(GroupNames.Problem([name]), Is.EqualTo(problem));

    [Test]
    public void Half_a_character_is_refused() => Assert.That(GroupNames.Problem(["ad\uD800min"]), Is.EqualTo(Unseen));

    [Test]
    public void Lists_are_bounded_and_name_each_group_once()
    {
        Assert.Multiple(() =>
        {
            Assert.That(GroupNames.Problem(null), Is.Null);
            Assert.That(GroupNames.Problem([]), Is.Null);
            Assert.That(GroupNames.Problem(Names(GroupNames.MaxCount)), Is.Null);
            Assert.That(GroupNames.Problem(Names(GroupNames.MaxCount + 1)), Is.EqualTo("at most 100"));
            Assert.That(GroupNames.Problem([new string('g', GroupNames.MaxLength)]), Is.Null);
            Assert.That(GroupNames.Problem([new string('g', GroupNames.MaxLength + 1)]), Is.EqualTo("at most 180 characters each"));
            Assert.That(GroupNames.Problem(["a", "b", "a"]), Is.EqualTo("must not repeat"));
            Assert.That(GroupNames.Problem(["a", "A"]), Is.Null);
            Assert.That(GroupNames.Problem([null]), Is.EqualTo("must not be blank"));
        });

        static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"g{i}")];
    }

    private static IConfiguration Configured(string? admin, string? auditor) => new ConfigurationBuilder().AddInMemoryCollection(
        new Dictionary<string, string?>(StringComparer.Ordinal) { ["HOOP_ADMIN_GROUP"] = admin, ["HOOP_AUDITOR_GROUP"] = auditor }).Build();
}
