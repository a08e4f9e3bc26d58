using Hoop.Cli.Agent;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent;

internal sealed class AgentOptionsTests
{
    [TestCase("xagt-Ab_9-", null, "http://127.0.0.1:8009/", null, "xagt-Ab_9-")]
    [TestCase(" xagt-Ab\n", null, "http://127.0.0.1:8009/", null, "xagt-Ab")]
    [TestCase("xagt-Ab", "https://hoop.example.com/base/", "https://hoop.example.com/base/", null, "xagt-Ab")]
    [TestCase("http://prod:xagt-Ab@127.0.0.1:8009?mode=standard", null, "http://127.0.0.1:8009/", "prod", "xagt-Ab")]
    [TestCase("https://prod:xagt-Ab@hoop.example.com:443?mode=standard", null, "https://hoop.example.com/", "prod", "xagt-Ab")]
    [TestCase("grpcs://prod:xagt-Ab@hoop.example.com:8443", null, "https://hoop.example.com:8443/", "prod", "xagt-Ab")]
    [TestCase("grpc://prod:xagt-Ab@127.0.0.1:8010?mode=standard", "http://localhost:8009", "http://localhost:8009/", "prod", "xagt-Ab")]
    public void A_key_comes_bare_or_with_name_and_address(string key, string? address, string gateway, string? name, string secret)
    {
        var options = From(("HOOP_KEY", key), ("HOOP_APIURL", address), ("HOOP_SPIFFE_KEY_FILE", "/ignored/when/there/is/a/key"));

        Assert.That(
            (options.Gateway.AbsoluteUri, options.ExpectedName, options.Credential.Current, options.Credential.Renews),
            Is.EqualTo((gateway, name, secret, false)));
    }

    [TestCase("a.b.c", "HOOP_SPIFFE_KEY_FILE")]
    [TestCase("abc", "must be an agent key")]
    [TestCase("xagt-\u00e9", "must be an agent key")]
    [TestCase("xagt-a b", "must be an agent key")]
    [TestCase("xagt-a\r\nX: y", "must be an agent key")]
    [TestCase("http://prod:secret@127.0.0.1:8009", "must be an agent key")]
    [TestCase("http://:xagt-Ab@127.0.0.1:8009", "must be an agent key")]
    [TestCase("http://prod:xagt-Ab@", "must be an agent key")]
    [TestCase("ftp://prod:xagt-Ab@127.0.0.1", "must be an agent key")]
    [TestCase("http://prod:xagt-Ab@127.0.0.1:99999", "address must look like")]
    [TestCase("http://prod:xagt-Ab@hoop.example.com:8009", "plain http")]
    public void A_wrong_key_is_explained_without_repeating_it(string key, string fix)
    {
        var error = Assert.Throws<AgentConfigurationException>(() => From(("HOOP_KEY", key)));

        Assert.That(error.Message, Does.StartWith("HOOP_KEY: ").And.Contain(fix).And.Not.Contain(key).And.Not.Contain("\n"));
    }

    [Test]
    public void Without_a_key_the_SVID_file_is_taken_and_without_that_the_error_names_both()
    {
        Assert.That(
            From(("HOOP_KEY", " "), ("HOOP_SPIFFE_KEY_FILE", "/run/spiffe/agent.jwt")).Credential.ToString(),
            Is.EqualTo("/run/spiffe/agent.jwt"));
        Assert.That(
            () => From(),
            Throws.TypeOf<AgentConfigurationException>().With.Message.Contains("HOOP_KEY").And.Message.Contains("HOOP_SPIFFE_KEY_FILE"));
    }

    [TestCase("hoop.example.com")]
    [TestCase("hoop.example.com:8009")]
    [TestCase("ws://127.0.0.1")]
    [TestCase("file:///etc/passwd")]
    [TestCase("https://user:password@hoop.example.com")]
    [TestCase("https://hoop.example.com/?x=1")]
    [TestCase("http://hoop.example.com")]
    [TestCase("http://10.0.0.1:8009")]
    [TestCase("http://localhost.example.com")]
    [TestCase("http://127.0.0.1.example.com")]
    public void An_address_must_be_https_or_this_machine(string address) =>
        Assert.That(
            () => From(("HOOP_KEY", "xagt-a"), ("HOOP_APIURL", address)),
            Throws.TypeOf<AgentConfigurationException>().With.Message.StartsWith("HOOP_APIURL: "));

    [TestCase("http://127.0.0.1:1")]
    [TestCase("http://127.9.9.9")]
    [TestCase("http://[::1]:8009")]
    [TestCase("http://localhost")]
    public void Plain_http_to_this_machine_is_fine(string address) =>
        Assert.That(From(("HOOP_KEY", "xagt-a"), ("HOOP_APIURL", address)).Gateway, Is.EqualTo(new Uri(address)));

    [Test]
    public void Insecure_allows_plain_http_and_the_channel_lies_below_the_address()
    {
        var options = AgentOptions.FromEnvironment(
            name => name is "HOOP_KEY" ? "xagt-a" : name is "HOOP_APIURL" ? "http://hoop.example.com/base/" : null,
            AgentFlags.None with { Insecure = true });

        Assert.That(options.Channel.AbsoluteUri, Is.EqualTo("http://hoop.example.com/base/api/agents/channel"));
    }

    [Test]
    public void A_key_comes_from_a_file_too_in_both_forms()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "https://prod:xagt-Ab@hoop.example.com:443?mode=standard\n");

        var options = From(("HOOP_KEY_FILE", file));
        Assert.That(
            (options.Gateway.AbsoluteUri, options.ExpectedName, options.Credential.Renews),
            Is.EqualTo(("https://hoop.example.com/", "prod", false)));
        Assert.That((options.Credential.Refresh(), options.Credential.Current), Is.EqualTo(((string?)null, "xagt-Ab")));

        File.WriteAllText(file, "xagt-new");
        Assert.That(
            (options.Credential.Refresh(), options.Credential.Current), Is.EqualTo(((string?)null, "xagt-new")), "it is read again");
        File.WriteAllText(file, "half");
        Assert.That(options.Credential.Refresh(), Does.StartWith("HOOP_KEY_FILE: must be an agent key").And.Not.Contain("half"));
        Assert.That(options.Credential.Current, Is.EqualTo("xagt-new"));
        File.Delete(file);
        Assert.That(
            () => From(("HOOP_KEY_FILE", file)), Throws.TypeOf<AgentConfigurationException>().With.Message.StartsWith("HOOP_KEY_FILE: "));
        Assert.That(From(("HOOP_KEY_FILE", file), ("HOOP_KEY", "xagt-a")).Credential.Current, Is.EqualTo("xagt-a"), "HOOP_KEY comes first");
    }

    [TestCase(null, 20)]
    [TestCase("forever", null)]
    [TestCase("3", 3)]
    public void A_key_that_is_refused_again_and_again_ends_the_agent_unless_told_otherwise(string? retry, int? refusals) =>
        Assert.That(From(AgentFlags.None with { Retry = retry }, ("HOOP_KEY", "xagt-a")).Refusals, Is.EqualTo(refusals));

    [Test]
    public void An_agent_with_an_SVID_waits_for_its_mapping() => Assert.That(From(("HOOP_SPIFFE_KEY_FILE", "/x")).Refusals, Is.Null);

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("never")]
    public void Another_retry_is_refused(string retry) =>
        Assert.That(
            () => From(AgentFlags.None with { Retry = retry }, ("HOOP_KEY", "xagt-a")),
            Throws.TypeOf<AgentConfigurationException>().With.Message.StartsWith("--retry: "));

    [Test]
    public void An_organization_is_pinned_by_its_id()
    {
        var id = Guid.NewGuid();
        Assert.That(From(("HOOP_KEY", "xagt-a"), ("HOOP_ORG", $" {id} ")).Organization, Is.EqualTo(id));
        Assert.That(
            () => From(("HOOP_KEY", "xagt-a"), ("HOOP_ORG", "acme")),
            Throws.TypeOf<AgentConfigurationException>().With.Message.StartsWith("HOOP_ORG: "));
    }

    [Test]
    public void A_list_of_commands_brings_a_list_of_variables_and_some_are_on_none()
    {
        Assert.That(From(("HOOP_KEY", "xagt-a")).AllowedVariables, Is.Null);
        Assert.That(
            From(AgentFlags.None with { AllowedCommands = ["bq"] }, ("HOOP_KEY", "xagt-a")).AllowedVariables,
            Is.EqualTo(["HOOP_*", "CLOUDSDK_CORE_PROJECT", "GOOGLE_*", "PG*"]));
        Assert.That(
            From(AgentFlags.None with { AllowedVariables = ["MYSQL_PWD"] }, ("HOOP_KEY", "xagt-a")).AllowedVariables,
            Is.EqualTo(["MYSQL_PWD"]));
        Assert.That(
            () => From(AgentFlags.None with { AllowedVariables = ["BASH_ENV"] }, ("HOOP_KEY", "xagt-a")),
            Throws.TypeOf<AgentConfigurationException>().With.Message.StartsWith("--allow-env: BASH_ENV"));
    }

    private static AgentOptions From(params (string Name, string? Value)[] variables) => From(AgentFlags.None, variables);

    private static AgentOptions From(AgentFlags flags, params (string Name, string? Value)[] variables) =>
        AgentOptions.FromEnvironment(
            name => variables.FirstOrDefault(variable => string.Equals(variable.Name, name, StringComparison.Ordinal)).Value, flags);
}
