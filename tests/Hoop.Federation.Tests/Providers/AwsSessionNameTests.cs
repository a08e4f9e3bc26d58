using FsCheck;
using FsCheck.Fluent;
using Hoop.Federation.Principals;
using Hoop.Federation.Providers.AwsSts;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Providers;

[Description("F11: AWS refused session names above 64 characters or outside of letters, digits and _+=,.@-")]
public sealed class AwsSessionNameTests
{
    [TestCase("alice@example.com", "", "alice@example.com")]
    [TestCase("alice@example.com", "alice@example.com", "alice@example.com")]
    [TestCase("", "ci-runner", "ci-runner")]
    public void A_user_who_is_only_an_address_keeps_it(string email, string id, string name) =>
        Assert.That(AwsSessionName.Of(new SessionUser(email, id)), Is.EqualTo(name));

    [TestCase("alice@example.com", "user-1", "^alice@example\\.com=[0-9a-f]{32}$")]
    [TestCase("a b/c@example.com", "", "^a-b-c@example\\.com=[0-9a-f]{32}$")]
    [TestCase("", "x", "^x=[0-9a-f]{32}$")]
    [TestCase("an.address.that.is.very.long.and.goes.on@a.domain.that.is.long.too.example.com", "",
        "^an\\.address\\.that\\.is\\.very\\.long\\.an=[0-9a-f]{32}$")]
    [TestCase("alice=0123456789abcdef0123456789abcdef", "", "^alice=0123456789abcdef012345678=[0-9a-f]{32}$")]
    public void Every_other_one_is_told_apart_by_a_digest(string email, string id, string pattern) =>
        Assert.That(AwsSessionName.Of(new SessionUser(email, id)), Does.Match(pattern));

    [Test]
    public void Service_accounts_of_two_issuers_with_one_subject_are_two_users()
    {
        var one = new SessionUser("k8s:ns/sa", "k8s:ns/sa") { Mount = "auth/serviceaccount/https://prod.test#" };
        var other = one with { Mount = "auth/serviceaccount/https://dev.test#" };
        var person = one with { Mount = null };

        Assert.That(new[] { one, other, person }.Select(AwsSessionName.Of), Is.Unique);
        Assert.That(new[] { one, other, person }.Select(PrincipalOwner.SubjectOf), Is.Unique);
    }

    [Test]
    public void Two_users_never_have_one_name_and_each_name_is_one_that_AWS_takes()
    {
        var pieces = Gen.Elements("a", "b", "@", "=", "-", "/", " ", "0123456789abcdef0123456789abcdef", "alice@example.com", "é", "\0");
        var texts = pieces.ListOf().Where(list => list.Count <= 6).Select(string.Concat);
        var users = from email in texts from id in texts select new SessionUser(email, id);
        var names = new Dictionary<string, SessionUser>(StringComparer.Ordinal);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(50_000), Prop.ForAll(users.ToArbitrary(), user =>
        {
            var name = AwsSessionName.Of(user);
            var other = names.TryAdd(name, user) ? user : names[name];
            return name.Length is >= 2 and <= 64
                && name.All(character => char.IsAsciiLetterOrDigit(character) || "_+=,.@-".Contains(character, StringComparison.Ordinal))
                && IsSame(other, user);
        }));
        Assert.That(names, Has.Count.GreaterThan(1_000));
    }

    // A subject decides; where there is none, the address is it, as everywhere (PrincipalOwner.SubjectOf).
    private static bool IsSame(SessionUser one, SessionUser other) =>
        one == other || PrincipalOwner.SubjectOf(one) == PrincipalOwner.SubjectOf(other);
}
