using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Several gateways, or callers of one, beside the flat file that other clients read.</summary>
public sealed class ContextTests
{
    private StubGateway _first = null!;
    private StubGateway _second = null!;
    private HoopProcess _hoop = null!;

    [SetUp]
    public async Task Start()
    {
        _first = (await StubGateway.Start()).On("GET /api/agents", 200, """[{"id":"1","name":"first"}]""");
        _second = (await StubGateway.Start()).On("GET /api/agents", 200, """[{"id":"2","name":"second"}]""");
        _hoop = new HoopProcess(token: null);
        _hoop.File("one", "token-one");
        _hoop.File("two", "token-two");
    }

    [TearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Test]
    public async Task A_context_is_made_chosen_listed_and_forgotten()
    {
        await Succeeds("config", "create", "--api-url", Url(_first), "--token-file", "one");
        var made = await Succeeds("config", "set-context", "prod", "--api-url", Url(_second), "--token-file", "two");
        var before = await Succeeds("admin", "get", "agents", "-o", "name");
        var once = await Succeeds("--context", "prod", "admin", "get", "agents", "-o", "name");
        var used = await Succeeds("config", "use-context", "prod");
        var after = await Succeeds("admin", "get", "agents", "-o", "name");
        var listed = await Succeeds("config", "get-contexts");
        var names = await Succeeds("config", "get-contexts", "-o", "name");
        var deleted = await _hoop.Run("config", "delete-context", "prod");
        var back = await Succeeds("admin", "get", "agents", "-o", "name");

        Assert.That(made.Out, Is.EqualTo("context \"prod\" created\n"));
        Assert.That((before.Out, once.Out, after.Out, back.Out), Is.EqualTo(("agent/first\n", "agent/second\n", "agent/second\n", "agent/first\n")));
        Assert.That(used.Out, Is.EqualTo("context \"prod\" is used from now on\n"));
        Assert.That(listed.Out, Does.Match(@"^CURRENT +NAME +API_URL +TOKEN\n- +default +http://127\.0\.0\.1:\d+ +in the file\n\* +prod +http"));
        Assert.That(names.Out, Is.EqualTo("default\nprod\n"));
        Assert.That(deleted, Is.EqualTo(new Ran(
            0, "context \"prod\" deleted\n", "note: it was in use; the default context is used from now on\n")));
        Assert.That(_second.Requests.Select(request => request.Authorization), Is.All.EqualTo("Bearer token-two"));
        Assert.That(_first.Requests.Select(request => request.Authorization), Is.All.EqualTo("Bearer token-one"));
    }

    [Test]
    public async Task A_context_of_the_command_line_is_meant_whatever_the_environment_says()
    {
        await Succeeds("config", "set-context", "prod", "--api-url", Url(_second), "--token-file", "two");
        _hoop.With("HOOP_APIURL", Url(_first)).With("HOOP_TOKEN", "token-of-the-environment");

        var context = await Succeeds("--context", "prod", "admin", "get", "agents", "-o", "name");
        var environment = await Succeeds("admin", "get", "agents", "-o", "name");

        Assert.That((context.Out, environment.Out), Is.EqualTo(("agent/second\n", "agent/first\n")));
        Assert.That(_second.Requests.Single().Authorization, Is.EqualTo("Bearer token-two"));
    }

    [Test]
    public async Task The_variable_chooses_where_no_option_does()
    {
        await Succeeds("config", "set-context", "prod", "--api-url", Url(_second), "--token-file", "two");
        _hoop.With("HOOP_CONTEXT", "prod");

        Assert.That((await Succeeds("admin", "get", "agents", "-o", "name")).Out, Is.EqualTo("agent/second\n"));
        Assert.That((await Succeeds("config", "current-context")).Out, Is.EqualTo("prod\n"));
    }

    [Test]
    public async Task A_token_is_not_taken_along_to_another_address()
    {
        await Succeeds("config", "set-context", "prod", "--api-url", Url(_first), "--token-file", "one");

        var moved = await _hoop.Run("config", "set-context", "prod", "--api-url", Url(_second));
        var call = await _hoop.Run("--context", "prod", "admin", "get", "agents");

        Assert.That(moved.Error, Is.EqualTo(
            "warning: its token is gone: it is not sent to another address; name one with --token-file, or run: hoop login\n"));
        Assert.That(call.Error, Does.StartWith("error: not signed in: no token is configured."));
        Assert.That(_second.Requests, Is.Empty);
    }

    [TestCase("--context prd admin get agents", "error: there is no context \"prd\"; did you mean prod?\n")]
    [TestCase("config use-context zzz", "error: there is no context \"zzz\"; there are: prod. Make it with: hoop config set-context zzz --api-url URL\n")]
    [TestCase("config delete-context ../x", "error: \"../x\": a context's name has letters, digits, dots, dashes and underscores, begins with a letter or digit, and is at most 63 long\n")]
    [TestCase("config set-context new", "error: there is no context \"new\" yet: a new one needs --api-url\n")]
    [TestCase("config delete-context default", "error: the default context is the configuration file itself; remove it with: hoop config clear\n")]
    public async Task A_context_that_is_none_is_refused(string command, string message)
    {
        await Succeeds("config", "set-context", "prod", "--api-url", Url(_second), "--token-file", "two");

        Assert.That(await _hoop.Run(command.Split(' ')), Is.EqualTo(new Ran(1, "", message)));
    }

    [Test]
    public async Task The_files_are_for_their_owner_alone()
    {
        await Succeeds("config", "set-context", "prod", "--api-url", Url(_second), "--token-file", "two");

        var file = Path.Combine(_hoop.Home, ".hoop", "contexts", "prod.toml");
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(File.ReadAllText(file), Is.EqualTo($"api_url = \"{Url(_second)}\"\ntoken = \"token-two\"\n"));
        Assert.That(Directory.Exists(Path.Combine(_hoop.Home, ".hoop")));
    }

    private static string Url(StubGateway gateway) => gateway.Address.ToString().TrimEnd('/');

    private async Task<Ran> Succeeds(params string[] arguments)
    {
        var ran = await _hoop.Run(arguments);
        Assert.That(ran.Code, Is.Zero, $"{string.Join(' ', arguments)}: {ran.Out}{ran.Error}");
        return ran;
    }
}
