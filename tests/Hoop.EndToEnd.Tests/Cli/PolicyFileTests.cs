using Hoop.Cli.CommandLine;
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
        Assert.That(Read(Least), Is.EqualTo("""{"hook_source":"builtin","builtin_provider":"gcp_iam","identity_target_template":"{user.email}"}"""));
    }

    [TestCase("readonly_principal:\nfallback_policy: ~\ntoken_ttl_seconds: 0\nextra_config: {}\n")]
    [TestCase("extra_config:\ntoken_ttl_seconds:\nidentity_source_attribute: null\n")]
    public void What_is_empty_counts_as_absent(string more)
    {
        Assert.That(Read(Least + more), Is.EqualTo(Read(Least)));
    }

    [Test]
    public void Extra_config_keeps_the_kinds_of_its_values()
    {
        var text = Read(Least + "extra_config: {project_id: my-proj, number: 7, quoted: '7', yes: true, domains: [a.example, b.example]}\n");

        Assert.That(text, Does.EndWith(""","extra_config":{"project_id":"my-proj","number":7,"quoted":"7","yes":true,"domains":["a.example","b.example"]}}"""));
    }

    [Test]
    public void The_answer_of_the_gateway_is_a_policy_file()
    {
        var notes = new List<string>();

        var text = Read("""{"id":"x","connection_id":"y","hook_source":"builtin","builtin_provider":"gcp_iam","has_admin_credentials":true,"identity_target_template":"{user.email}","created_at":"z","updated_at":"z"}""", notes.Add);

        Assert.That(text, Is.EqualTo(Read(Least)));
        Assert.That(notes, Is.Empty);
    }

    [Test]
    public void An_unknown_key_is_ignored_and_told()
    {
        var notes = new List<string>();

        var text = Read(Least + "fallback_polcy: readonly\n", notes.Add);

        Assert.That(text, Is.EqualTo(Read(Least)));
        Assert.That(notes.Single(), Does.EndWith(":3:1: the unknown key fallback_polcy is ignored"));
    }

    [TestCase("", "expected one document of the form key: value")]
    [TestCase("- a\n", "expected one document of the form key: value")]
    [TestCase("a: 1\n---\nb: 2\n", "expected one document of the form key: value")]
    [TestCase("identity_target_template: x\n", "builtin_provider is required (e.g. gcp_iam)")]
    [TestCase("builtin_provider: gcp_iam\n", "identity_target_template is required (e.g. \"{user.email_local}@my-proj.iam.gserviceaccount.com\")")]
    [TestCase(Least + "fallback_policy: static\n", "fallback_policy must be one of: deny, readonly")]
    [TestCase(Least + "fallback_policy: readonly\n", "readonly_principal is required when fallback_policy is readonly")]
    [TestCase(Least + "token_ttl_seconds: 43201\n", "3:20: token_ttl_seconds must be a whole number from 1 to 43200")]
    [TestCase(Least + "token_ttl_seconds: -1\n", "3:20: token_ttl_seconds must be a whole number from 1 to 43200")]
    [TestCase(Least + "token_ttl_seconds: 1h\n", "3:20: token_ttl_seconds must be a whole number from 1 to 43200")]
    [TestCase(Least + "readonly_principal: [a]\n", "3:21: readonly_principal must be a text")]
    [TestCase("builtin_provider: gcp_iam\nidentity_target_template: {user.email}\n", "2:27: identity_target_template must be a text; put a template that begins with { in quotes")]
    [TestCase(Least + "extra_config: 7\n", "3:15: extra_config must hold keys and values")]
    [TestCase(Least + "extra_config: {a: {b: c}}\n", "3:19: extra_config.a must be a value or a list of values")]
    [TestCase(Least + "extra_config: {a: [[b]]}\n", "3:20: extra_config.a may list plain values only")]
    [TestCase(Least + "admin_credentials_json: canary\n", "3:1: credentials do not belong into the policy; name their file with --credentials-file")]
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
    [TestCase("a: *b\n")]
    public void Broken_yaml_is_refused_with_its_place(string yaml)
    {
        var failure = Assert.Throws<CliFailure>(() => Read(yaml))!;

        Assert.That(failure.Message, Does.Match("^failed parsing \".*\": [1-9][0-9]*:[1-9][0-9]*: ."));
    }

    [Test]
    public void The_user_of_a_test_has_the_same_id_each_time()
    {
        Assert.That(SyntheticUser.IdOf("alice@example.com").ToString(), Is.EqualTo("aec06cda-2c31-5dab-9a46-5b523101615a"));
    }

    private static string Read(string yaml, Action<string>? note = null)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, yaml.Length == 0 ? "\n" : yaml);
            return PolicyFile.Read(path, note ?? (_ => { })).ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        }
        finally
        {
            File.Delete(path);
        }
    }
}
