using FsCheck;
using FsCheck.Fluent;
using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Principals;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Principals;

public sealed class PrincipalTests
{
    private const string Tail = "@my-proj.iam.gserviceaccount.com";

    [TestCase("{user.email_local}" + Tail, "alice@example.com", "u1", "alice" + Tail)]
    [TestCase("{user.email}", "alice@example.com", "u1", "alice@example.com")]
    [TestCase("u-{user.id}" + Tail, "alice@example.com", "u1", "u-u1" + Tail)]
    [TestCase("{user.id}{user.email_local}", "alice@example.com", "{user.email}", "{user.email}alice", Description = "values are not expanded again")]
    [TestCase("{user.id}", "x", "{unknown}", "{unknown}")]
    [TestCase("a{b", "x", "y", "a{b", Description = "a lone brace is a character")]
    public void A_template_renders_in_one_pass(string template, string email, string id, string expected)
    {
        Assert.That(PrincipalTemplate.Parse(template).Value.Render(new SessionUser(email, id)).Value, Is.EqualTo(expected));
    }

    [TestCase("{}")]
    [TestCase("{user.Email}")]
    [TestCase("{ user.email }")]
    [TestCase("{{user.email}}")]
    [TestCase("{user.email_local}{user.groups}")]
    public void An_unknown_placeholder_is_refused(string template)
    {
        Assert.That(PrincipalTemplate.Parse(template).Error?.Message, Does.StartWith("identity target template contains unknown placeholder {"));
    }

    [TestCase("alice@example.com", true)]
    [TestCase("alice.smith+tag@example.com", true)]
    [TestCase("a@b", true)]
    [TestCase("", false)]
    [TestCase("alice", false)]
    [TestCase("@example.com", false)]
    [TestCase("alice@", false)]
    [TestCase("a@evil@example.com", false, Description = "CVE-2026-40574")]
    [TestCase("\"a@b\"@example.com", false)]
    [TestCase("\"alice\"@example.com", false)]
    [TestCase("alice @example.com", false)]
    [TestCase(" alice@example.com", false)]
    [TestCase("alice@example.com ", false)]
    [TestCase("alice@example.com\n", false)]
    [TestCase("alice@example..com", false, Description = "CVE-2024-27918")]
    [TestCase("alice@.example.com", false)]
    [TestCase("alice@example.com.", false)]
    [TestCase("alice@-example.com", false)]
    [TestCase("alice@exam_ple.com", false)]
    [TestCase("alice@[127.0.0.1]", false)]
    [TestCase("al\u00efce@example.com", false)]
    [TestCase("alice@ex\u0430mple.com", false)]
    [TestCase("al\u00adice@example.com", false)]
    [TestCase("alice\0@example.com", false)]
    [TestCase("(c)alice@example.com", false)]
    [TestCase("<alice@example.com>", false)]
    [TestCase("alice,bob@example.com", false)]
    [TestCase("alice:x@example.com", false)]
    [TestCase("alice;x@example.com", false)]
    [TestCase("alice\\x@example.com", false)]
    public void Only_a_plain_address_is_split(string email, bool plain)
    {
        Assert.That(EmailAddress.TryParse(email, out _), Is.EqualTo(plain));
    }

    [Test]
    public void Lengths_of_an_address_are_limited()
    {
        Assert.That(EmailAddress.TryParse(new string('a', 64) + "@example.com", out _), Is.True);
        Assert.That(EmailAddress.TryParse(new string('a', 65) + "@example.com", out _), Is.False);
        Assert.That(EmailAddress.TryParse("a@" + string.Join('.', Enumerable.Repeat("abcdefghi", 30)), out _), Is.False);
    }

    [TestCase("alice-smith", null)]
    [TestCase("alice", null, Description = "the documents' own sample: short, but tried")]
    [TestCase("a", null)]
    [TestCase("abcdefghijklmnopqrstuvwxyz1234", null)]
    [TestCase("abcdefghijklmnopqrstuvwxyz12345", "principal_invalid")]
    [TestCase("alice.smith", "principal_invalid")]
    [TestCase("Alice-smith", "principal_invalid")]
    [TestCase("1alice", "principal_invalid")]
    [TestCase("alice-", "principal_invalid")]
    [TestCase("-alice", "principal_invalid")]
    [TestCase("alice_smith", "principal_invalid")]
    [TestCase("", "principal_invalid")]
    [TestCase("alice%2f", "principal_invalid")]
    [TestCase("alice/..", "principal_invalid")]
    public void The_account_id_is_checked_before_any_call(string id, string? code)
    {
        Assert.That(CloudPrincipal.Parse(id + Tail, ["my-proj"]).Error?.Code, Is.EqualTo(code));
    }

    [TestCase("alice@other.iam.gserviceaccount.com", "principal_outside_project")]
    [TestCase("alice@my-proj.evil.iam.gserviceaccount.com", "principal_outside_project")]
    [TestCase("alice@x.my-proj.iam.gserviceaccount.com", "principal_outside_project")]
    [TestCase("alice@.iam.gserviceaccount.com", "principal_invalid")]
    [TestCase("alice@my-proj.iam.gserviceaccount.com.evil.test", "principal_invalid")]
    [TestCase("alice@evil@my-proj.iam.gserviceaccount.com", "principal_outside_project")]
    [TestCase("alice@MY-PROJ.iam.gserviceaccount.com", "principal_outside_project")]
    [TestCase("alice@example.com", "principal_invalid")]
    [TestCase("alice@extra.iam.gserviceaccount.com", null)]
    [TestCase("alice@own.example.com.iam.gserviceaccount.com", null)]
    public void A_principal_stays_inside_its_projects(string principal, string? code)
    {
        Assert.That(CloudPrincipal.Parse(principal, ["my-proj", "extra", "example.com:own"]).Error?.Code, Is.EqualTo(code));
    }

    [Test]
    [Description("CVE-2026-30915: 100,000 templates and users, no principal outside of the project, none that changes the path of a URL")]
    public void No_template_and_no_user_leads_out_of_the_project()
    {
        string[] pieces =
        [
            "{user.email}", "{user.email_local}", "{user.id}", "@", "my-proj", "other", ".iam.gserviceaccount.com", Tail, "@other.iam.gserviceaccount.com",
            "/", "..", "%2f", "?", "#", ":", "{", "}", "alice", "-", "A", "é", "\u0000", " ", "\n", "admin", "a",
        ];
        var chaos = Gen.Elements(pieces).ListOf().Select(string.Concat);
        var templates = Gen.OneOf(chaos, Gen.Elements("{user.email_local}" + Tail, "{user.id}" + Tail, "u-{user.id}{user.email_local}" + Tail, "{user.id}", "{user.email}"));
        var emails = Gen.OneOf(chaos, Gen.Elements("alice@example.com", "bob-2@my-proj.iam.gserviceaccount.com", "a/../b@example.com", "carol@other.iam.gserviceaccount.com"));
        var ids = Gen.OneOf(chaos, Gen.Elements("alice", "bob-2" + Tail, "carol@other.iam.gserviceaccount.com", "x/../y"));
        var cases = from template in templates from email in emails from id in ids select (template, email, id);
        var made = 0;

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100_000), Prop.ForAll(cases.ToArbitrary(), sample =>
        {
            if (PrincipalTemplate.Parse(sample.template).Error is not null
                || PrincipalTemplate.Parse(sample.template).Value.Render(new SessionUser(sample.email, sample.id)) is not { Error: null, Value: var rendered }
                || CloudPrincipal.Parse(rendered, ["my-proj"]) is not { Error: null, Value: var principal })
            {
                return true;
            }

            made++;
            var uri = new Uri($"https://iam.test/v1/projects/-/serviceAccounts/{Uri.EscapeDataString(principal.Email)}:generateAccessToken");
            return principal.Email.EndsWith(Tail, StringComparison.Ordinal)
                && principal.Email.Count(character => character == '@') == 1
                && uri.AbsolutePath == $"/v1/projects/-/serviceAccounts/{principal.Id}%40my-proj.iam.gserviceaccount.com:generateAccessToken";
        }));
        Assert.That(made, Is.GreaterThan(1_000), "the property was tried on principals that exist");
    }

    [Test]
    [Description("Two users, one cloud identity: with one allowed domain, equal principals mean the same user")]
    public void With_an_allowed_domain_equal_principals_mean_the_same_user()
    {
        var policy = Policy("""{"project_id":"my-proj","allowed_email_domains":["a.test"]}""");
        var emails = from local in Gen.Elements("alice", "bob", "alice-smith", "Alice")
                     from domain in Gen.Elements("a.test", "A.test", "b.test", "a.test.b.test")
                     select $"{local}@{domain}";

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(emails.Two().ToArbitrary(), pair =>
        {
            var (first, second) = (pair.Item1, pair.Item2);
            return policy.PrincipalOf(new SessionUser(first, "1")) is not { Error: null, Value: var one }
                || policy.PrincipalOf(new SessionUser(second, "2")) is not { Error: null, Value: var two }
                || one.Email != two.Email
                || string.Equals(first, second, StringComparison.OrdinalIgnoreCase);
        }));
        Assert.That(policy.PrincipalOf(new SessionUser("alice@b.test", "1")).Error?.Code, Is.EqualTo("email_domain_not_allowed"));
        Assert.That(policy.PrincipalOf(new SessionUser("alice@A.test", "1")).Value.Email, Is.EqualTo("alice" + Tail));
    }

    private static FederationPolicy Policy(string extra) => FederationPolicy.From(new PolicyBody(
        "builtin", "gcp_iam", null, null, "{user.email_local}" + Tail, null, null, null, ExtraConfig.FromJson(extra))).Value;
}
