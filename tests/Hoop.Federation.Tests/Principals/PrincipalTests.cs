using System.Diagnostics.Metrics;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Principals;
using Hoop.Federation.Providers;
using Hoop.Federation.Providers.GcpIam;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Principals;

public sealed class PrincipalTests
{
    private const string Tail = "@my-proj.iam.gserviceaccount.com";

    private static readonly string[] Projects = ["my-proj", "extra"];

    [TestCase("{user.email_local}" + Tail, "alice@example.com", "u1", "alice" + Tail)]
    [TestCase("{user.email}", "alice@example.com", "u1", "alice@example.com")]
    [TestCase("{user.email}.iam.gserviceaccount.com", "alice@my-proj", "u1", "alice" + Tail)]
    [TestCase("u-{user.id}" + Tail, "alice@example.com", "u1", "u-u1" + Tail)]
    [TestCase("{user.id}", "x", "{user.email}", "{user.email}", Description = "values are not expanded again")]
    [TestCase("{user.id}", "x", "{unknown}", "{unknown}")]
    [TestCase("{user.email_local}-bot@extra.iam.gserviceaccount.com", "alice@example.com", "u1", "alice-bot@extra.iam.gserviceaccount.com")]
    [TestCase("reader" + Tail, "alice@example.com", "u1", "reader" + Tail)]
    public void A_template_renders_in_one_pass(string template, string email, string id, string expected)
    {
        Assert.That(Parsed(template, Projects).Value.Render(new SessionUser(email, id)).Value, Is.EqualTo(expected));
    }

    [TestCase("{}")]
    [TestCase("{user.Email}")]
    [TestCase("{ user.email }")]
    [TestCase("{{user.email}}")]
    [TestCase("{user.email_local}{user.groups}")]
    public void An_unknown_placeholder_is_refused(string template)
    {
        Assert.That(
            Parsed(template, Projects).Error?.Message,
            Does.StartWith("identity target template contains unknown placeholder {"));
    }

    [TestCase("{user.email_local" + Tail, "has a { that is never closed")]
    [TestCase("{user.email_local}{" + Tail, "has a { that is never closed")]
    [TestCase("{user.email_local}}" + Tail, "holds the character \"}\" (U+007D)")]
    [TestCase("{user.email_local} " + Tail, "holds the character \" \" (U+0020)")]
    [TestCase(" {user.email_local}" + Tail, "holds the character \" \" (U+0020)")]
    [TestCase("{user.email_local}\u200b" + Tail, "none of them invisible")]
    [TestCase("{user.email_local}\u00ad" + Tail, "none of them invisible")]
    [TestCase("{user.email_local}\n" + Tail, "none of them invisible")]
    [TestCase("a/{user.email_local}" + Tail, "holds the character \"/\" (U+002F)")]
    [TestCase("{user.email_local}?" + Tail, "holds the character \"?\" (U+003F)")]
    [TestCase("{user.email_local}%2f" + Tail, "holds the character \"%\" (U+0025)")]
    [TestCase("U{user.email_local}" + Tail, "holds the character \"U\" (U+0055)")]
    [TestCase("\u00e9{user.email_local}" + Tail, "holds the character \"\u00e9\" (U+00E9)")]
    [TestCase("{user.email_local}{user.id}" + Tail, "holds more than one placeholder")]
    [TestCase("{user.email_local}-{user.id}" + Tail, "holds more than one placeholder")]
    [TestCase("{user.id}{user.id}" + Tail, "holds more than one placeholder")]
    [TestCase("{user.email}" + Tail, "puts a second @ behind {user.email}")]
    [TestCase("{user.email_local}@other.iam.gserviceaccount.com", "must end in @my-proj.iam.gserviceaccount.com")]
    [TestCase("{user.email_local}@my-proj.iam.gserviceaccount.co", "must end in @my-proj.iam.gserviceaccount.com")]
    [TestCase("{user.email_local}", "must end in @my-proj.iam.gserviceaccount.com")]
    [TestCase("{user.id}.example.com", "must end in @my-proj.iam.gserviceaccount.com")]
    [TestCase("alice@{user.id}", "has its @ before the placeholder")]
    [TestCase("1{user.email_local}" + Tail, "must begin with a lower-case letter")]
    [TestCase("a.{user.email_local}" + Tail, "no dot before the @")]
    [TestCase("{user.email_local}.x" + Tail, "has a dot before the @")]
    [TestCase("{user.email_local}-" + Tail, "has a dash before the @")]
    [TestCase("abcdefghijklmnopqrstuvwxyz1234{user.email_local}" + Tail, "leaves no room for the user")]
    [TestCase("reader", "is without a placeholder, and principal \"reader\" is not a service account")]
    [TestCase("reader@other.iam.gserviceaccount.com", "must end in @my-proj.iam.gserviceaccount.com")]
    public void A_template_that_can_never_work_is_refused(string template, string told)
    {
        Assert.That(
            Parsed(template, Projects).Error?.Message, Does.StartWith("identity target template ").And.Contain(told));
    }

    [TestCase("owner@my-proj.iam.gserviceaccount.com", "u1")]
    [TestCase("OWNER@MY-PROJ.IAM.GSERVICEACCOUNT.COM", "u1")]
    [TestCase("123-compute@developer.gserviceaccount.com", "u1")]
    [TestCase("alice@example.com", "owner@my-proj.iam.gserviceaccount.com")]
    [TestCase("alice@example.com", "owner@my-proj.iam.gserviceaccount.com.")]
    public void Nobody_whose_own_name_is_a_service_account_is_resolved(string email, string id)
    {
        foreach (var template in new[] { "{user.email}", "{user.id}", "{user.email_local}" + Tail })
        {
            Assert.That(
                Policy("""{"project_id":"my-proj"}""", template).PrincipalOf(new SessionUser(email, id)).Error?.Code,
                Is.EqualTo("user_is_service_account"),
                template);
        }
    }

    [TestCase("allowed_email_domains", "alice@example.com", null)]
    [TestCase("allowed_email_domains", "alice@EXAMPLE.com", null)]
    [TestCase("allowed_email_domains", "alice@second.test", null)]
    [TestCase("allowed_email_domains", "alice@sub.example.com", "email_domain_not_allowed", Description = "a subdomain is another domain")]
    [TestCase("allowed_email_domains", "alice@example.com.evil.test", "email_domain_not_allowed")]
    [TestCase("allowed_email_domains", "alice@evilexample.com", "email_domain_not_allowed")]
    [TestCase("allowed_email_domains", "alice@com", "email_domain_not_allowed")]
    [TestCase("allowed_email_domains", "service-account-7", "email_domain_not_allowed")]
    [TestCase("allowed_email_domains", "a@evil.test@example.com", "email_domain_not_allowed")]
    public void The_list_of_domains_is_compared_whole_and_without_case(string key, string email, string? code)
    {
        var policy = Policy($$"""{"project_id":"my-proj","{{key}}":["Example.com","second.test"]}""");

        Assert.That(policy.PrincipalOf(new SessionUser(email, "u1")).Error?.Code, Is.EqualTo(code));
    }

    [Test]
    public void An_empty_list_of_domains_lets_nobody_in_and_says_so()
    {
        var policy = Policy("""{"project_id":"my-proj","allowed_email_domains":[]}""");

        Assert.That(policy.PrincipalOf(new SessionUser("alice@example.com", "u1")).Error?.Code, Is.EqualTo("email_domain_not_allowed"));
        Assert.That(PolicyWarnings.Of(policy, null), Has.One.EndsWith("is empty: nobody may come"));
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
            "{user.email}", "{user.email_local}", "{user.id}", "@", "my-proj", "other", ".iam.gserviceaccount.com", Tail,
                "@other.iam.gserviceaccount.com",
            "/", "..", "%2f", "?", "#", ":", "{", "}", "alice", "-", "A", "é", "\u0000", " ", "\n", "admin", "a",
        ];
        var chaos = Gen.Elements(pieces).ListOf().Select(string.Concat);
        var templates = Gen.OneOf(
            chaos, Gen.Elements("{user.email_local}" + Tail, "{user.id}" + Tail, "u-{user.id}" + Tail, "{user.id}", "{user.email}"));
        var emails = Gen.OneOf(
            chaos,
            Gen.Elements("alice@example.com", "bob-2@my-proj.iam.gserviceaccount.com", "a/../b@example.com",
                "carol@other.iam.gserviceaccount.com"));
        var ids = Gen.OneOf(chaos, Gen.Elements("alice", "bob-2" + Tail, "carol@other.iam.gserviceaccount.com", "x/../y"));
        var cases = from template in templates from email in emails from id in ids select (template, email, id);
        var made = 0;

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100_000), Prop.ForAll(cases.ToArbitrary(), sample =>
        {
            if (Parsed(sample.template, ["my-proj"]) is not { Error: null, Value: var template }
                || template.Render(new SessionUser(sample.email, sample.id)) is not { Error: null, Value: var rendered }
                || CloudPrincipal.Parse(rendered, ["my-proj"]) is not { Error: null, Value: var principal })
            {
                return true;
            }

            made++;
            var uri = new Uri(
                $"https://iam.test/v1/projects/-/serviceAccounts/{Uri.EscapeDataString(principal.Email)}:generateAccessToken");
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
                || one.Name != two.Name
                || string.Equals(first, second, StringComparison.OrdinalIgnoreCase);
        }));
        Assert.That(policy.PrincipalOf(new SessionUser("alice@b.test", "1")).Error?.Code, Is.EqualTo("email_domain_not_allowed"));
        Assert.That(policy.PrincipalOf(new SessionUser("alice@A.test", "1")).Value.Name, Is.EqualTo("alice" + Tail));
    }

    [Test]
    [Description("What the shape of a template promises: if any value at all gives an account, the template is taken; if it is taken, some value does")]
    public void A_template_is_taken_exactly_when_some_user_can_be_resolved()
    {
        string[] pieces =
            ["{user.email}", "{user.email_local}", "{user.id}", "@", "my-proj", ".iam.gserviceaccount.com", Tail, "a", "-", "7", ".",
                "x-y"];
        string[] locals = ["a", "my-proj", "ab", "a-b"];
        string[] emails =
            [.. locals.Select(local => local + "@example.com"), .. locals.Select(local => local + "@my-proj"),
                .. locals.Select(local => local + Tail), "a@my-proj.iam"];
        string[] ids = [.. locals, .. emails, "my-proj.iam.gserviceaccount.com"];
        var templates = Gen.Elements(pieces).ListOf().Where(list => list.Count <= 5).Select(string.Concat);
        var taken = 0;

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(20_000), Prop.ForAll(templates.ToArbitrary(), text =>
        {
            if (Parsed(text, ["my-proj"]) is not { Error: null, Value: var template })
            {
                return true;
            }

            taken++;
            return emails.Any(email => ids.Any(id =>
                template.Render(new SessionUser(email, id)) is { Error: null, Value: var rendered }
                    && CloudPrincipal.Parse(rendered, ["my-proj"]).Error is null));
        }));
        Assert.That(taken, Is.GreaterThan(100));
    }

    private static CheckedPolicy Policy(string extra, string template = "{user.email_local}" + Tail) => CheckedPolicy.From(new PolicyBody(
        "builtin", "gcp_iam", null, null, template, null, null, null, ExtraConfig.FromJson(extra)), Google).Value;

    // The rules ask nobody.
    private static readonly ProviderSet Google = new(
        [new GcpIamProvider(null!, null!)],
        new FederationMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()));

    private static Hoop.Shared.Results.Result<PrincipalTemplate> Parsed(string text, IReadOnlyList<string> projects) =>
        PrincipalTemplate.Parse(
            text, template => TemplateShape.Problem(template.Before, template.Placeholder, template.After, projects));
}
