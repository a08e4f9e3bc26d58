using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Hoop.Cli;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Completion;
using Hoop.EndToEnd.Tests.RealProcesses;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Names that the gateway knows, at a key press: soon, or not at all, and never with a word of what went wrong.</summary>
[Description("C9: names from the gateway only when asked, and silent on any error")]
public sealed class NameCompletionTests
{
    /// <summary>A test waits for what is there; a key press does not.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private TestGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _hoop = new HoopProcess(_gateway.Address, TestGateway.AdminToken);
        foreach (var command in new[]
        {
            "admin create agent web-1", "admin create agent web-2", "admin create agent dbx",
            "admin create connection orders -a dbx -- cat", "admin create entity jane", "admin create group ops",
            "admin create issuer https://login.example.com --audience https://hoop.example.com --jwks-url https://login.example.com/keys",
            "admin create serviceaccount CI-1 --issuer https://login.example.com",
            "admin create sa-rule deploy --issuer https://login.example.com --equals project_id=20 --groups ops", "admin create org acme",
            "admin create token nightly", "admin create trust-domain a.example --bundle-jwks jwks.json",
            "admin create spiffe-mapping --trust-domain a.example --spiffe-id spiffe://a.example/w --agent-id dbx",
        })
        {
            _hoop.File("jwks.json", """{"keys":[]}""");
            var ran = await _hoop.Run(command.Split(' '));
            Assert.That(ran.Code, Is.Zero, $"{command}: {ran.Error}");
        }
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [TestCase("admin delete agent |", "dbx web-1 web-2")]
    [TestCase("admin delete agent web|", "web-1 web-2")]
    [TestCase("admin delete agents w|", "web-1 web-2")]
    [TestCase("admin get agent/we|", "agent/web-1 agent/web-2")]
    [TestCase("admin rotate-key agent d|", "dbx")]
    [TestCase("admin describe conn |", "orders")]
    [TestCase("admin federation get |", "orders")]
    [TestCase("exec |", "orders")]
    [TestCase("connect o|", "orders")]
    [TestCase("federation token |", "orders")]
    [TestCase("admin create connection new -a d|", "dbx")]
    [TestCase("admin create connection new --agent=d|", "--agent=dbx")]
    [TestCase("admin get entity j|", "jane")]
    [TestCase("admin update group |", "ops")]
    [TestCase("admin delete sa |", "CI-1")]
    [TestCase("admin delete sa-rule |", "deploy")]
    [TestCase("admin get org a|", "acme")]
    [TestCase("admin update quotas a|", "acme")]
    [TestCase("admin create admin-token a|", "acme")]
    [TestCase("admin delete token n|", "nightly")]
    [TestCase("admin delete agent web-1 |", "")]
    [TestCase("admin create agent |", "")]
    public async Task Names_are_offered_where_one_is_wanted(string line, string offered) =>
        Assert.That(await Complete(line), Is.EqualTo(offered.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Test]
    public async Task Ids_are_offered_where_there_is_no_name_and_flags_by_theirs()
    {
        Assert.That((await Complete("admin get spiffe-mapping |")).Single(), Has.Length.EqualTo(36));
        Assert.That(await Complete("admin feature-flag enable |"), Does.Contain("experimental.iam_federation"));
        Assert.That(await Complete("admin get issuer |"), Does.Contain("https://login.example.com"));
        Assert.That(await Complete("admin get trust-domain a|"), Is.EqualTo(new[] { "a.example" }));
    }

    [Test]
    public async Task Contexts_are_offered_and_the_one_on_the_line_is_the_one_that_is_asked()
    {
        using var hoop = new HoopProcess(token: null);
        var token = hoop.File("token", TestGateway.AdminToken);
        await hoop.Run("config", "set-context", "here", "--api-url", _gateway.Address.ToString(), "--token-file", token);
        await hoop.Run("config", "set-context", "nowhere", "--api-url", "http://127.0.0.1:1", "--token-file", token);
        var variables = new Dictionary<string, string> { ["HOME"] = hoop.Home };

        Assert.That(await Complete("config use-context |", variables), Is.EqualTo(new[] { "here", "nowhere" }));
        Assert.That(await Complete("--context n|", variables), Is.EqualTo(new[] { "nowhere" }));
        Assert.That(await Complete("--context here admin delete agent d|", variables), Is.EqualTo(new[] { "dbx" }));
        Assert.That(await Complete("--context=nowhere admin delete agent d|", variables), Is.Empty);
    }

    [Test]
    public async Task Whatever_goes_wrong_nothing_is_offered_and_who_has_no_token_asks_nothing()
    {
        await using var stub = await StubGateway.Start();
        stub.On("GET /api/agents?page_size=200", 401, """{"message":"no","code":"unauthorized"}""");
        var address = stub.Address.ToString();

        foreach (var (url, token) in new[]
        {
            (address, "refused"), (address, ""), ("http://127.0.0.1:1", "closed"), ("not an address", "x"), ("http://192.0.2.1:8009", "insecure"),
        })
        {
            var offered = await Complete(
                "admin delete agent |",
                new() { ["HOME"] = _hoop.Home, ["HOOP_APIURL"] = url, ["HOOP_TOKEN"] = token });
            Assert.That(offered, Is.Empty, url);
        }

        Assert.That(stub.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_gateway_that_says_nothing_is_not_waited_for_and_nothing_is_said_or_kept()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var hoop = new HoopProcess(new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"));

        // It ends though nothing answers, and long before the time that a command waits.
        Assert.That(await hoop.Run("__complete", "admin", "delete", "agent", ""), Is.EqualTo(new Ran(0, "", "")));
        Assert.That(Directory.EnumerateFileSystemEntries(hoop.Home), Is.Empty);
        Assert.That(GatewayNames.Patience, Is.LessThanOrEqualTo(TimeSpan.FromMilliseconds(300)));
    }

    [Test]
    public async Task A_name_that_a_shell_would_act_on_is_not_offered()
    {
        await using var stub = await StubGateway.Start();
        stub.On("GET /v1/identity/entity/name?list=true", 200,
            """{"data":{"keys":["good","$(touch x)","a b","-rf","`x`","a;b","a\nb","é","a@b.example"]}}""");

        var offered = await Complete(
            "admin delete entity |",
            new() { ["HOME"] = _hoop.Home, ["HOOP_APIURL"] = stub.Address.ToString(), ["HOOP_TOKEN"] = "t" });

        Assert.That(offered, Is.EqualTo(new[] { "a@b.example", "good" }));
    }

    /// <summary>A key press may come too early for a machine that is busy, so it is pressed again.</summary>
    [Test]
    public async Task The_program_offers_them_at_a_key_press()
    {
        var ran = new Ran(0, "", "");
        await Eventually.True(
            async () => (ran = await _hoop.Run("__complete", "admin", "delete", "agent", "w")).Out.Length > 0,
            () => "no name is offered",
            TimeSpan.FromMinutes(1));

        Assert.That(ran, Is.EqualTo(new Ran(0, "web-1\nweb-2\n", "")));
    }

    /// <summary>With a function in place of the program, that offers all it has for what was begun.</summary>
    [Test]
    public async Task In_bash_what_is_offered_replaces_what_was_typed_also_behind_a_colon()
    {
        var script = (await _hoop.Run("completion", "bash")).Out;
        var (code, output) = await MachineProgram.Run("bash", "-c", $$"""
            hoop() { for one in web-1 web-2 https://login.example.com --agent=dbx; do [[ $one == "${@: -1}"* ]] && echo "$one"; done; }
            {{script}}
            COMP_WORDS=(hoop admin delete agent w) COMP_CWORD=4; _hoop; echo "${COMPREPLY[*]}"
            COMP_WORDS=(hoop admin get issuer https : //log) COMP_CWORD=6; _hoop; echo "${COMPREPLY[*]}"
            COMP_WORDS=(hoop admin create connection x --agent = d) COMP_CWORD=7; _hoop; echo "${COMPREPLY[*]}"
            COMP_WORDS=(hoop admin get issuer https : //login.example.com '') COMP_CWORD=7; _hoop; echo "${#COMPREPLY[@]}"
            """);

        Assert.That((code, output), Is.EqualTo((0, "web-1 web-2\n//login.example.com\ndbx\n4\n")));
    }

    [Test]
    public async Task In_fish_what_is_offered_is_offered()
    {
        var script = (await _hoop.Run("completion", "fish")).Out;
        var (code, output) = await MachineProgram.Run("fish", "-c", $"""
            function hoop; printf '%s\n' web-1 web-2; end
            {script}
            complete -C 'hoop admin delete agent w'
            """);

        Assert.That((code, output), Is.EqualTo((0, "web-1\nweb-2\n")));
    }

    [Test]
    public void Each_command_that_takes_a_name_of_something_knows_of_what()
    {
        var named = Below(HoopCommand.Root())
            .Where(command => command.Arguments.FirstOrDefault() is NameArgument && GatewayNames.KindOf(command) is null)
            .Select(command => command.Spelled())
            .Where(line => !line.Contains(" create ", StringComparison.Ordinal)).ToArray();

        Assert.That(named, Is.SubsetOf(new[]
        {
            // Few are worth a call, and an alias is named by its id.
            "hoop admin delete entity-alias", "hoop admin delete group-alias", "hoop admin release principal",
            "hoop admin update trust-domain-name", "hoop admin delete trust-domain-name", "hoop token create",
        }));
    }

    private async Task<string[]> Complete(string line, Dictionary<string, string>? variables = null)
    {
        variables ??= new()
        {
            ["HOME"] = _hoop.Home, ["HOOP_APIURL"] = _gateway.Address.ToString(), ["HOOP_TOKEN"] = TestGateway.AdminToken,
        };
        return [.. await Suggestions.For(HoopCommand.Root(), line.TrimEnd('|').Split(' '), variables.GetValueOrDefault, Patience)];
    }

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(Below).Prepend(command);
}
