using System.Text.Json;
using Hoop.Cli;
using Hoop.Cli.Completion;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>What somebody met who went through all commands for the first time.</summary>
public sealed class NewcomerTests
{
    private TestGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _hoop = new HoopProcess(_gateway.Address, TestGateway.AdminToken);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [TestCase("admin get agents", "json (the gateway's answer as it is), yaml, name or wide", "json,name,wide,yaml")]
    [TestCase("admin get userinfo", "json (the gateway's answer as it is) or yaml", "json,yaml")]
    [TestCase("admin delete agent", "json (the gateway's answer as it is), yaml or name", "json,name,yaml")]
    [TestCase("export", "json (the gateway's answer as it is) or yaml", "json,yaml")]
    [TestCase("config get-contexts", "json (the gateway's answer as it is), yaml or name", "json,name,yaml")]
    public async Task Help_and_completion_offer_the_forms_that_a_command_has(string command, string told, string offered)
    {
        var words = command.Split(' ');
        Assert.That(await Help(words), Does.Contain($"Output format: {told}. Without it, text for people"));
        Assert.That(await Suggestions.For(HoopCommand.Root(), [.. words, "-o", ""]), Is.EqualTo(offered.Split(',')));
        foreach (var format in new[] { "json", "yaml", "name", "wide" }.Except(offered.Split(',')))
        {
            string[] named = command.EndsWith("agent", StringComparison.Ordinal) ? ["web"] : [];
            Assert.That((await _hoop.Run([.. words, .. named, "-o", format])).Code, Is.EqualTo(1), format);
        }
    }

    [Test]
    public async Task A_text_of_several_lines_is_described_in_lines()
    {
        var policy = _hoop.File("p.hcl", "path \"secret/*\" {\n\tcapabilities = [\"read\"]\n}\n");
        await Succeeds("admin", "create", "policy", "lines", "--file", policy);

        var described = await Succeeds("admin", "describe", "policy", "lines");

        Assert.That(described.Out, Is.EqualTo("""
            Name:                   lines
            Policy:
              path "secret/*" {
                  capabilities = ["read"]
              }

            """));
    }

    [TestCase()]
    [TestCase("-o", "json")]
    public async Task A_bundle_that_is_not_fetched_is_not_told_as_refreshed(params string[] form)
    {
        await _hoop.Run("admin", "create", "trust-domain", "off.example", "--bundle-url", "https://off.example");

        var ran = await _hoop.Run(["admin", "refresh", "trust-domain", "off.example", .. form]);

        Assert.That(ran.Code, Is.EqualTo(1), ran.Out);
        Assert.That(ran.Out, form.Length > 0 ? Does.Contain("\"state\":\"disabled\"") : Is.Empty);
        Assert.That(ran.Error, form.Length > 0 ? Is.Empty : Does.Contain("SPIFFE authentication is off on this gateway"));
    }

    [Test]
    public async Task Whoever_was_invited_by_a_subject_is_found_by_it()
    {
        await _gateway.Operator.Post("/api/issuers", new
        {
            issuer = "https://login.example.com", audiences = new[] { "hoop" }, jwks_url = "https://login.example.com/keys",
        });
        await Succeeds("admin", "create", "user", "248289761001", "--name", "Jane", "--issuer", "https://login.example.com");

        var shown = await Succeeds("admin", "get", "user", "248289761001", "-o", "json");
        var off = await Succeeds("admin", "update", "user", "248289761001", "--disable");
        var gone = await Succeeds("admin", "delete", "user", "248289761001");
        var absent = await _hoop.Run("admin", "get", "user", "248289761001");

        Assert.That(JsonElement.Parse(shown.Out).GetProperty("name").GetString(), Is.EqualTo("Jane"));
        Assert.That((off.Out, gone.Out), Is.EqualTo(("user \"248289761001\" disabled\n", "user \"248289761001\" deleted\n")));
        Assert.That(absent.Error, Is.EqualTo("error: there is no user \"248289761001\"; see hoop admin get users\n"));
    }

    [Test]
    public async Task A_kept_token_is_told_as_json_when_that_is_asked_for()
    {
        using var hoop = new HoopProcess(_gateway.Address, token: null);
        hoop.File("token", TestGateway.AdminToken);

        var kept = await hoop.Run("login", "--token-file", "token", "-o", "json");
        var me = await hoop.Run("whoami", "-o", "json");

        Assert.That((kept.Code, kept.Out), Is.EqualTo((0, me.Out)), kept.Error);
    }

    [TestCase("export", "hoop export [KIND...] [options]")]
    [TestCase("exec", "130 also: hoop was interrupted")]
    [TestCase("login", "at the provider (default: http://127.0.0.1:3587/callback)")]
    [TestCase("admin get", "status (open, opening, running, done,")]
    public async Task The_help_says_what_is_so(string command, string told) =>
        Assert.That(await Help(command.Split(' ')), Does.Contain(told));

    [Test]
    public async Task Who_may_have_no_token_of_their_own_is_told_the_command_for_another_one() => Assert.That(
        (await _hoop.Run("token", "create", "x")).Error, Does.Contain("POST /api/api-tokens (hoop admin create token)"));

    /// <summary>As one line, however it is wrapped.</summary>
    private async Task<string> Help(string[] words) => string.Join(
        ' ', (await _hoop.Run([.. words, "--help"])).Out.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    private async Task<Ran> Succeeds(params string[] arguments)
    {
        var ran = await _hoop.Run(arguments);
        Assert.That(ran.Code, Is.Zero, ran.Error);
        return ran;
    }
}
