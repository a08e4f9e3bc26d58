using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Hoop.Cli;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Completion;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Names that the gateway knows, at a key press: soon, or not at all, and never with a word of what went wrong.</summary>
[Description("C9: names from the gateway only when asked, and silent on any error")]
public sealed class NameCompletionTests
{
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
    public async Task Names_are_offered_where_one_is_wanted(string line, string offered)
    {
        var ran = await Complete(_hoop, line);

        var lines = offered.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one + "\n");
        Assert.That(ran, Is.EqualTo(new Ran(0, string.Concat(lines), "")));
    }

    [Test]
    public async Task Ids_are_offered_where_there_is_no_name_and_flags_by_theirs()
    {
        Assert.That((await Complete(_hoop, "admin get spiffe-mapping |")).Out.Trim(), Has.Length.EqualTo(36));
        Assert.That((await Complete(_hoop, "admin feature-flag enable |")).Out, Does.Contain("experimental.iam_federation\n"));
        Assert.That((await Complete(_hoop, "admin get issuer |")).Out, Does.Contain("https://login.example.com\n"));
        Assert.That((await Complete(_hoop, "admin get trust-domain a|")).Out, Is.EqualTo("a.example\n"));
    }

    [Test]
    public async Task Contexts_are_offered_and_the_one_on_the_line_is_the_one_that_is_asked()
    {
        using var hoop = new HoopProcess(token: null);
        var token = hoop.File("token", TestGateway.AdminToken);
        await hoop.Run("config", "set-context", "here", "--api-url", _gateway.Address.ToString(), "--token-file", token);
        await hoop.Run("config", "set-context", "nowhere", "--api-url", "http://127.0.0.1:1", "--token-file", token);

        Assert.That((await Complete(hoop, "config use-context |")).Out, Is.EqualTo("here\nnowhere\n"));
        Assert.That((await Complete(hoop, "--context n|")).Out, Is.EqualTo("nowhere\n"));
        Assert.That((await Complete(hoop, "--context here admin delete agent d|")).Out, Is.EqualTo("dbx\n"));
        Assert.That((await Complete(hoop, "--context=nowhere admin delete agent d|")).Out, Is.Empty);
    }

    [Test]
    public async Task Whatever_goes_wrong_nothing_is_said_and_nothing_is_asked_twice()
    {
        await using var stub = await StubGateway.Start();
        stub.On("GET /api/agents?page_size=200", 401, """{"message":"no","code":"unauthorized"}""");
        using var refused = new HoopProcess(stub.Address);
        using var signedOut = new HoopProcess(stub.Address, token: null);
        using var closed = new HoopProcess(new Uri("http://127.0.0.1:1"));
        using var wrong = new HoopProcess().With("HOOP_APIURL", "not an address");
        using var insecure = new HoopProcess(new Uri("http://192.0.2.1:8009"));
        using var homeless = new HoopProcess(stub.Address, token: null).With("HOME", "");

        foreach (var hoop in new[] { refused, signedOut, closed, wrong, insecure, homeless })
        {
            Assert.That(await Complete(hoop, "admin delete agent |"), Is.EqualTo(new Ran(0, "", "")));
        }

        Assert.That(stub.Requests, Has.Count.EqualTo(1), "who has no token asks nothing");
    }

    [Test]
    public async Task A_gateway_that_says_nothing_is_not_waited_for()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var hoop = new HoopProcess(new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"));

        // It ends though nothing answers, and long before the time that a command waits.
        Assert.That(await Complete(hoop, "admin delete agent |"), Is.EqualTo(new Ran(0, "", "")));
    }

    [Test]
    public async Task A_name_that_a_shell_would_act_on_is_not_offered()
    {
        await using var stub = await StubGateway.Start();
        stub.On("GET /v1/identity/entity/name?list=true", 200,
            """{"data":{"keys":["good","$(touch x)","a b","-rf","`x`","a;b","a\nb","é","a@b.example"]}}""");
        using var hoop = new HoopProcess(stub.Address);

        Assert.That((await Complete(hoop, "admin delete entity |")).Out, Is.EqualTo("a@b.example\ngood\n"));
    }

    [Test]
    public async Task Nothing_is_kept()
    {
        using var hoop = new HoopProcess(_gateway.Address, TestGateway.AdminToken);

        await Complete(hoop, "admin delete agent |");

        Assert.That(Directory.EnumerateFileSystemEntries(hoop.Home), Is.Empty);
    }

    [Test]
    public async Task In_bash_what_is_offered_replaces_what_was_typed_also_behind_a_colon()
    {
        var script = (await _hoop.Run("completion", "bash")).Out;
        var program = string.Join(' ', new[] { HoopProgram.File }.Concat(HoopProgram.With()).Select(word => $"'{word}'"));
        var (code, output) = await CompletionTests.In("bash", $$"""
            export HOME='{{_hoop.Home}}' HOOP_APIURL='{{_gateway.Address}}' HOOP_TOKEN='{{TestGateway.AdminToken}}'
            hoop() { {{program}} "$@"; }
            {{script}}
            COMP_WORDS=(hoop admin delete agent w) COMP_CWORD=4; _hoop; echo "${COMPREPLY[*]}"
            COMP_WORDS=(hoop admin get issuer https : //log) COMP_CWORD=6; _hoop; echo "${COMPREPLY[*]}"
            COMP_WORDS=(hoop admin create connection x --agent = d) COMP_CWORD=7; _hoop; echo "${COMPREPLY[*]}"
            COMP_WORDS=(hoop admin get issuer https : //login.example.com '') COMP_CWORD=7; _hoop; echo "${#COMPREPLY[@]}"
            """);

        Assert.That((code, output), Is.EqualTo((0, "web-1 web-2\n//login.example.com\ndbx\n0\n")));
    }

    /// <summary>In a shell that is there and completes as it does for a user.</summary>
    [Test]
    public async Task In_fish_the_names_are_offered()
    {
        var script = (await _hoop.Run("completion", "fish")).Out;
        var program = string.Join(' ', new[] { HoopProgram.File }.Concat(HoopProgram.With()).Select(word => $"'{word}'"));
        var (code, output) = await CompletionTests.In("fish", $$"""
            set -x HOME '{{_hoop.Home}}'; set -x HOOP_APIURL '{{_gateway.Address}}'; set -x HOOP_TOKEN '{{TestGateway.AdminToken}}'
            function hoop; {{program}} $argv; end
            {{script}}
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

    private static Task<Ran> Complete(HoopProcess hoop, string line) =>
        hoop.Run(["__complete", .. line.TrimEnd('|').Split(' ')]);

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(Below).Prepend(command);
}
