using Hoop.Cli;
using Hoop.Cli.Federation;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>The YAML policy file: what it may say, and where a mistake is.</summary>
public sealed class PolicyFileTests
{
    private const string Least = "builtin_provider: gcp_iam\nidentity_target_template: '{user.email}'\n";

    [Test]
    public void Only_what_the_file_says_is_sent()
    {
        Assert.That(
            Read(Least),
            Is.EqualTo("""{"hook_source":"builtin","builtin_provider":"gcp_iam","identity_target_template":"{user.email}"}"""));
    }

    [TestCase("readonly_principal:\nfallback_policy: ~\ntoken_ttl_seconds: ~\nextra_config: {}\n")]
    [TestCase("extra_config:\ntoken_ttl_seconds:\nidentity_source_attribute: null\n")]
    public void What_is_empty_counts_as_absent(string more)
    {
        Assert.That(Read(Least + more), Is.EqualTo(Read(Least)));
    }

    [Test]
    public void Extra_config_keeps_the_kinds_of_its_values()
    {
        var text = Read(Least + "extra_config: {project_id: my-proj, number: 7, quoted: '7', tagged: !!str 7, yes: true, no: False, "
            + "hex: 0x1F, octal: 0o17, version: 1.2.3, domains: [a.example, b.example]}\n");

        Assert.That(
            text,
            Does.EndWith(""","extra_config":{"project_id":"my-proj","number":7,"quoted":"7","tagged":"7","yes":true,"no":false,"hex":31,"octal":15,"version":"1.2.3","domains":["a.example","b.example"]}}"""));
    }

    [Test]
    public void The_answer_of_the_gateway_is_a_policy_file()
    {
        var text = Read(
            """{"id":"x","connection_id":"y","hook_source":"builtin","builtin_provider":"gcp_iam","has_admin_credentials":true,"identity_target_template":"{user.email}","created_at":"z","updated_at":"z"}""");

        Assert.That(text, Is.EqualTo(Read(Least)));
    }

    [TestCase("fallback_polcy: readonly\n", "3:1: unknown key fallback_polcy; did you mean fallback_policy?")]
    [TestCase("Fallback_Policy: readonly\n", "3:1: unknown key Fallback_Policy; did you mean fallback_policy?")]
    [TestCase(
        "ttl: 60\n",
        "3:1: unknown key ttl; the keys are builtin_provider, identity_source_attribute, identity_target_template, fallback_policy, "
            + "readonly_principal, token_ttl_seconds, extra_config")]
    [TestCase(
        "extra_config:\n  project_id: my-proj\n  allowed_email_domain: [example.com]\n",
        "5:3: unknown key extra_config.allowed_email_domain; did you mean allowed_email_domains?")]
    [TestCase("extra_config: {projectid: my-proj}\n", "3:16: unknown key extra_config.projectid; did you mean project_id?")]
    [Description("U11: a mistyped restriction restricts nothing")]
    public void An_unknown_key_is_refused_with_the_nearest_one(string more, string message)
    {
        Assert.That(Problem(Least + more), Is.EqualTo(message));
    }

    [TestCase("x: &a {<<: *a}\n", "1:12: *a has no anchor &a that is complete before it")]
    [TestCase("x: *b\ny: &b 1\n", "1:4: *b has no anchor &b that is complete before it")]
    [TestCase("? *k\n: 1\n", "1:3: *k has no anchor &k that is complete before it")]
    [TestCase("a: 1\n!!binary a: 2\n", "2:1: the key a stands twice")]
    [TestCase(Least + "extra_config: {a: 1, !x a: 2}\n", "3:22: the key a stands twice")]
    [TestCase("a: &a\n  b: 1\n<<: *a *a\n",
        "not readable as YAML: a value that begins with { or [ needs quotes, and one value belongs after each key")]
    [Description("Found by the fuzzer: the library's tree overflowed the stack, or threw exceptions of its own.")]
    public void What_the_library_cannot_read_is_refused_in_words(string text, string message)
    {
        Assert.That(Problem(text), Is.EqualTo(message));
    }

    [Test]
    public void A_key_that_this_client_does_not_know_is_the_gateways_to_judge()
    {
        Assert.That(Read(Least + "extra_config: {region: eu}\n"), Does.EndWith(""","extra_config":{"region":"eu"}}"""));
    }

    [TestCase("x-base: &base\n  token_ttl_seconds: 600\n  fallback_policy: deny\n<<: *base\n" + Least, 600)]
    [TestCase("x-base: &base {token_ttl_seconds: 600}\n<<: *base\ntoken_ttl_seconds: 900\n" + Least, 900)]
    [TestCase("x-a: &a {token_ttl_seconds: 600}\nx-b: &b {token_ttl_seconds: 700}\n<<: [*a, *b]\n" + Least, 600)]
    [TestCase("x-a: &a {token_ttl_seconds: 600}\nx-b: &b {<<: *a}\n<<: *b\n" + Least, 600)]
    [Description("W35: https://yaml.org/type/merge.html")]
    public void Merge_keys_are_merged(string yaml, int seconds)
    {
        Assert.That(Read(yaml), Does.Contain($"\"token_ttl_seconds\":{seconds}"));
    }

    [Test]
    [Description("W35: inside extra_config as well")]
    public void Merge_keys_are_merged_at_the_second_level()
    {
        var text = Read(
            "x-base: &base {project_id: my-proj, allowed_projects: [a]}\n" + Least + "extra_config:\n  <<: *base\n  allowed_projects: "
                + "[b]\n");

        Assert.That(text, Does.EndWith(""","extra_config":{"allowed_projects":["b"],"project_id":"my-proj"}}"""));
    }

    [TestCase("<<: 7\n", "3:5: << takes a mapping, or a list of mappings")]
    [TestCase("<<: [{}, x]\n", "3:10: << takes a mapping, or a list of mappings")]
    [TestCase("x-a: &a {fallback_polcy: readonly}\n<<: *a\n", "3:10: unknown key fallback_polcy; did you mean fallback_policy?")]
    public void A_merge_that_makes_no_sense_is_refused(string more, string message)
    {
        Assert.That(Problem(Least + more), Is.EqualTo(message));
    }

    [Test]
    [Description("S26: chains and lists of merges multiply")]
    public void Merges_are_bounded()
    {
        var yaml = Least + "x-0: &a0 {token_ttl_seconds: 600}\n"
            + string.Concat(Enumerable.Range(1, 30).Select(level => $"x-{level}: &a{level} {{<<: [*a{level - 1}, *a{level - 1}, "
                + $"*a{level - 1}]}}\n")) + "<<: *a30\n";

        Assert.That(Problem(yaml), Does.EndWith("more than 100 mappings are merged"));
    }

    [TestCase("[", 200_000)]
    [TestCase("{a: ", 50_000)]
    [TestCase("- ", 100_000)]
    [TestCase("? ", 100_000)]
    [Description("S26: the stack of a process is no place for a file's brackets")]
    public void Deep_nesting_is_refused_at_once(string opening, int times)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();

        Assert.That(
            Problem((opening is "- " or "? " ? "a:\n  " : "a: ") + string.Concat(Enumerable.Repeat(opening, times))),
            Does.Match("^[12]:[0-9]+: nested more than 32 deep$"));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)));
    }

    [Test]
    [Description("S26: nine levels of nine aliases")]
    public void Aliases_are_not_expanded()
    {
        var yaml = Least + "x-0: &a0 [x, x, x, x, x, x, x, x, x]\n"
            + string.Concat(Enumerable.Range(1, 9).Select(level => $"x-{level}: &a{level} "
                + $"[{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 9))}]\n"));

        Assert.That(Read(yaml), Is.EqualTo(Read(Least)));
    }

    [TestCase("Null")]
    [TestCase("NULL")]
    [TestCase("null")]
    [TestCase("~")]
    [TestCase("")]
    [Description("YAML 1.2.2 section 10.3.2")]
    public void Each_spelling_of_nothing_is_nothing(string nothing)
    {
        Assert.That(
            Read(Least + $"readonly_principal: {nothing}\ntoken_ttl_seconds: {nothing}\nextra_config: {nothing}\n"),
            Is.EqualTo(Read(Least)));
        Assert.That(
            Problem(Least + $"extra_config:\n  project_id: {nothing}\n"),
            Does.EndWith("extra_config.project_id has no value; give one, or leave the key away"));
    }

    [TestCase("\ufeff" + Least)]
    [TestCase("---\n" + Least + "...\n")]
    [TestCase("builtin_provider: gcp_iam # the only one\r\nidentity_target_template: '{user.email}'\r\n")]
    [Description("W10, W37")]
    public void Marks_comments_and_line_ends_of_others_are_read(string yaml)
    {
        Assert.That(Read(yaml), Is.EqualTo(Read(Least)));
    }

    [TestCase(Least + "extra_config:\n\tproject_id: my-proj\n", "4:1: a tab indents this line; YAML takes blanks only")]
    [TestCase(Least + "extra_config:\n  project_id: a\n  \tb: c\n", "5:3: a tab indents this line; YAML takes blanks only")]
    [TestCase(
        "builtin_provider: gcp_iam\nidentity_target_template: {user.email_local}@my-proj.iam.gserviceaccount.com\n",
        "2:27: put a template that begins with { in quotes")]
    [Description("W36")]
    public void The_place_is_that_of_the_mistake(string yaml, string message)
    {
        Assert.That(Problem(yaml), Is.EqualTo(message));
    }

    [TestCase("a: *b\n", "1:4: *b has no anchor &b that is complete before it")]
    [TestCase("", "expected one document of the form key: value")]
    [TestCase("- a\n", "expected one document of the form key: value")]
    [TestCase("a: 1\n---\nb: 2\n", "expected one document of the form key: value")]
    [TestCase("identity_target_template: x\n", "builtin_provider is required (e.g. gcp_iam)")]
    [TestCase(
        "builtin_provider: gcp_iam\n",
        "identity_target_template is required (e.g. \"{user.email_local}@my-proj.iam.gserviceaccount.com\")")]
    [TestCase(Least + "fallback_policy: static\n", "fallback_policy must be one of: deny, readonly")]
    [TestCase(Least + "fallback_policy: readonly\n", "readonly_principal is required when fallback_policy is readonly")]
    [TestCase(Least + "token_ttl_seconds: 0\n", "3:20: token_ttl_seconds must be a whole number from 1 to 43200")]
    [TestCase(Least + "token_ttl_seconds: 010\n", "3:20: token_ttl_seconds must be a whole number from 1 to 43200")]
    [TestCase(
        Least + "extra_config: {project_id: 123}\n",
        "3:28: extra_config.project_id is a project id such as my-proj, not 123: a project number names none here")]
    [TestCase(
        Least + "extra_config: {a: 010}\n",
        "3:19: extra_config.a: 010 is not a whole number of the kind 10 or 0x1F; put it in quotes when it is a text")]
    [TestCase(
        Least + "extra_config: {a: 1.5}\n",
        "3:19: extra_config.a: 1.5 is not a whole number of the kind 10 or 0x1F; put it in quotes when it is a text")]
    [TestCase(
        Least + "extra_config: {a: 1e3}\n",
        "3:19: extra_config.a: 1e3 is not a whole number of the kind 10 or 0x1F; put it in quotes when it is a text")]
    [TestCase(
        Least + "extra_config: {a: .inf}\n",
        "3:19: extra_config.a: .inf is not a whole number of the kind 10 or 0x1F; put it in quotes when it is a text")]
    [TestCase(
        Least + "extra_config: {a: 0xFFFFFFFFFFFFFFFFF}\n",
        "3:19: extra_config.a: 0xFFFFFFFFFFFFFFFFF is not a whole number of the kind 10 or 0x1F; put it in quotes when it is a text")]
    [TestCase(Least + "extra_config: {a: [~]}\n", "3:20: extra_config.a may list plain values only")]
    [TestCase(Least + "token_ttl_seconds: 43201\n", "3:20: token_ttl_seconds must be a whole number from 1 to 43200")]
    [TestCase(Least + "token_ttl_seconds: -1\n", "3:20: token_ttl_seconds must be a whole number from 1 to 43200")]
    [TestCase(Least + "token_ttl_seconds: 1h\n", "3:20: token_ttl_seconds must be a whole number from 1 to 43200")]
    [TestCase(Least + "readonly_principal: [a]\n", "3:21: readonly_principal must be a text")]
    [TestCase(
        "builtin_provider: gcp_iam\nidentity_target_template: {user.email}\n",
        "2:27: identity_target_template must be a text; put a template that begins with { in quotes")]
    [TestCase(Least + "extra_config: 7\n", "3:15: extra_config must hold keys and values")]
    [TestCase(Least + "extra_config: {a: {b: c}}\n", "3:19: extra_config.a must be a value or a list of values")]
    [TestCase(Least + "extra_config: {a: [[b]]}\n", "3:20: extra_config.a may list plain values only")]
    [TestCase(
        Least + "admin_credentials_json: canary\n",
        "3:1: credentials do not belong in the policy; name their file with --credentials-file")]
    public void A_mistake_is_refused_with_its_place(string yaml, string message)
    {
        var failure = Assert.Throws<CliFailure>(() => Read(yaml))!;

        Assert.That(failure.Message, Does.StartWith("failed parsing \"").And.EndsWith($"\": {message}"));
    }

    [TestCase("a: b: c\n")]
    [TestCase("a: 'b\n")]
    [TestCase("builtin_provider: a\nbuiltin_provider: b\n")]
    [TestCase("a: [b\n")]
    [TestCase("a:\n  - b\n c: d\n")]
    public void Broken_yaml_is_refused_with_its_place(string yaml)
    {
        var failure = Assert.Throws<CliFailure>(() => Read(yaml))!;

        Assert.That(failure.Message, Does.Match("^failed parsing \".*\": [1-9][0-9]*:[1-9][0-9]*: ."));
    }

    private static string Problem(string yaml)
    {
        var message = Assert.Throws<CliFailure>(() => Read(yaml))!.Message;
        return message[(message.IndexOf("\": ", StringComparison.Ordinal) + 3)..];
    }

    private static string Read(string yaml)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, yaml.Length == 0 ? "\n" : yaml);
            return PolicyFile.Read(path).ToJsonString(
                new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        }
        finally
        {
            File.Delete(path);
        }
    }
}
