using Hoop.Cli;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>The next step that an error names can be pasted; and no option is taken and then ignored.</summary>
public sealed class HintTests
{
    private const string Id = "018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f";

    private StubGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await StubGateway.Start();
        _gateway.On("GET /api/api-tokens", 200, $$"""[{"id":"{{Id}}","name":"ci"}]""").On("GET /api/userinfo", 200, "{}")
            .On("GET /api/serverinfo", 200, "{}").On($"GET /api/orgs/{Id}/quotas", 200, "[]").On("GET /v1/sys/auth", 200, "{}");
        _hoop = new HoopProcess(_gateway.Address);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [TestCase("agent", "agents")]
    [TestCase("entity", "entities")]
    [TestCase("entity-alias", "entity-aliases")]
    [TestCase("group", "groups")]
    [TestCase("group-alias", "group-aliases")]
    [TestCase("policy", "policies")]
    [TestCase("user", "users")]
    public async Task What_is_not_there_is_told_with_the_command_that_lists_it(string type, string plural)
    {
        var told = new Ran(1, "", $"error: there is no {type} \"{Id}\"; see hoop admin get {plural}\n");
        foreach (var verb in new[] { "get", "describe", "delete" })
        {
            Assert.That(await _hoop.Run("admin", verb, type, Id), Is.EqualTo(told), verb);
        }

        var lists = HoopCommand.Root().Parse(["admin", "get", plural]);
        Assert.That((lists.Errors, lists.UnmatchedTokens), Is.EqualTo((Array.Empty<object>(), Array.Empty<object>())), "it is no command");
    }

    [Test]
    public async Task A_member_that_is_not_there_is_told_so_too() => Assert.That(
        (await _hoop.Run("admin", "create", "group", "ops", "--entities", "jane")).Error,
        Is.EqualTo("error: there is no entity \"jane\"; see hoop admin get entities\n"));

    [TestCase("admin get userinfo -q status=open", "-q and --watch are for lists, and this is none")]
    [TestCase("admin get userinfo --watch", "-q and --watch are for lists, and this is none")]
    [TestCase("admin get serverinfo --watch", "-q and --watch are for lists, and this is none")]
    [TestCase("admin get token ci -q status=active", "-q filters a list; leave the name away")]
    [TestCase("admin get token ci --watch", "--watch follows a list; leave the name away")]
    [TestCase("admin get quotas " + Id + " -q page_size=1", "-q page_size=1: this list has no filters")]
    [TestCase("admin get mounts -q cursor=abc", "-q cursor=abc: this list has no filters")]
    [TestCase("admin get entities -q page_size=5", "-q page_size=5: there is no such filter; the filters of this list are after, limit")]
    public async Task An_option_without_effect_is_refused(string command, string message) =>
        Assert.That(await _hoop.Run(command.Split(' ')), Is.EqualTo(new Ran(1, "", $"error: {message}\n")));

    [TestCase("admin edit agent web", "hoop admin update TYPE NAME")]
    [TestCase("admin apply", "hoop apply -f FILE")]
    [TestCase("list", "hoop admin get TYPE")]
    [TestCase("federation set my-bq", "hoop admin federation")]
    public async Task A_word_of_another_tool_leads_to_ours(string command, string hint) =>
        Assert.That((await _hoop.Run(command.Split(' '))).Error, Does.StartWith("error: unknown command ").And.Contain(hint));
}
