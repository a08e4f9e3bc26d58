using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>$HOME/.hoop/config.toml, and the variables that win over it.</summary>
public sealed class ConfigTests
{
    private const string UserInfo = """{"id":"me","email":"me","name":"Me","status":"active","groups":["admin"]}""";

    [Test]
    public async Task Create_writes_a_file_for_the_owner_alone()
    {
        using var hoop = new HoopProcess(token: "secret-canary");
        Directory.CreateDirectory(Path.GetDirectoryName(hoop.ConfigPath)!);

        var ran = await hoop.Run(
            "config",
            "create",
            "--api-url",
            "https://hoop.example.com/",
            "--grpc-url",
            "grpcs://hoop.example.com:8443",
            "--skip-tls-verify");

        Assert.That(ran, Is.EqualTo(new Ran(0, $"created {hoop.ConfigPath}\n", "")));
        Assert.That(
            File.ReadAllText(hoop.ConfigPath),
            Is.EqualTo(
                "token = \"secret-canary\"\napi_url = \"https://hoop.example.com\"\ngrpc_url = "
                    + "\"grpcs://hoop.example.com:8443\"\nskip_tls_verify = true\n"));
        Assert.That(File.GetUnixFileMode(hoop.ConfigPath), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(
            File.GetUnixFileMode(Path.GetDirectoryName(hoop.ConfigPath)!),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(hoop.ConfigPath)!), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Create_takes_the_token_from_standard_input()
    {
        using var hoop = new HoopProcess(token: null);

        await hoop.RunWithInput("from-stdin\n", "config", "create", "--api-url", "http://127.0.0.1:1", "--token-file", "-");

        Assert.That(File.ReadAllText(hoop.ConfigPath), Does.Contain("token = \"from-stdin\"\n"));
    }

    [TestCase("hoop.example.com")]
    [TestCase("ftp://hoop.example.com")]
    [TestCase("https://user:secret@hoop.example.com")]
    [TestCase("https://hoop.example.com?a=b")]
    public async Task Create_refuses_what_is_no_address(string address)
    {
        using var hoop = new HoopProcess();

        var ran = await hoop.Run("config", "create", "--api-url", address);

        Assert.That(
            ran,
            Is.EqualTo(new Ran(1, "", "error: --api-url: the gateway's address must look like https://hoop.example.com or "
                + "http://127.0.0.1:8009\n")));
        Assert.That(File.Exists(hoop.ConfigPath), Is.False);
    }

    [Test]
    public async Task A_folder_that_cannot_be_made_is_told()
    {
        using var hoop = new HoopProcess();
        hoop.File(".hoop", "a file in the way");

        var ran = await hoop.Run("config", "create", "--api-url", "http://127.0.0.1:1");

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.Match($"^error: {hoop.ConfigPath} cannot be written: .+\n$"));
    }

    [Test]
    public async Task View_shows_the_token_on_request_only()
    {
        using var hoop = new HoopProcess(token: null);
        await hoop.RunWithInput("secret-canary", "config", "create", "--api-url", "http://127.0.0.1:1", "--token-file", "-");

        var all = await hoop.Run("config", "view");
        var json = await hoop.Run("config", "view", "-o", "json");
        var token = await hoop.Run("config", "view", "token");
        var raw = await hoop.Run("config", "view", "token", "--raw");

        Assert.That(all.Out, Is.EqualTo($"# {hoop.ConfigPath}\ntoken = \"***\"\napi_url = \"http://127.0.0.1:1\"\n"));
        Assert.That(json.Out, Is.EqualTo("""{"token":"***","api_url":"http://127.0.0.1:1"}""" + "\n"));
        Assert.That(token.Out, Is.EqualTo("***\n"));
        Assert.That(raw.Out, Is.EqualTo("secret-canary\n"));
    }

    [TestCase("json", "\"http://127.0.0.1:1\"\n")]
    [TestCase("yaml", "http://127.0.0.1:1\n")]
    public async Task One_key_is_shown_in_each_form(string format, string shown)
    {
        using var hoop = new HoopProcess();
        await hoop.Run("config", "create", "--api-url", "http://127.0.0.1:1");

        Assert.That((await hoop.Run("config", "view", "api_url", "-o", format)).Out, Is.EqualTo(shown));
        Assert.That(
            await hoop.Run("config", "view", "nothing", "-o", format),
            Is.EqualTo(new Ran(1, "", $"error: {hoop.ConfigPath} has no nothing\n")));
    }

    [TestCase()]
    [TestCase("-o", "json")]
    [TestCase("-o", "yaml")]
    [TestCase("api_url")]
    public async Task Without_a_file_no_form_of_it_is_a_success(params string[] words)
    {
        using var hoop = new HoopProcess(token: null);

        Assert.That(
            await hoop.Run(["config", "view", .. words]),
            Is.EqualTo(new Ran(1, "", $"error: there is no {hoop.ConfigPath}; write it with: hoop config create\n")));
    }

    [Test]
    public async Task Clear_removes_the_file_and_is_content_without_one()
    {
        using var hoop = new HoopProcess();
        await hoop.Run("config", "create", "--api-url", "http://127.0.0.1:1");

        var first = await hoop.Run("config", "clear");
        var second = await hoop.Run("config", "clear");

        Assert.That(first, Is.EqualTo(new Ran(0, $"removed {hoop.ConfigPath}\n", "")));
        Assert.That(second, Is.EqualTo(new Ran(0, $"there is no {hoop.ConfigPath}\n", "")));
    }

    [TestCase(true, false, "file-token")]
    [TestCase(false, true, "variable-token")]
    [TestCase(false, false, "file-token")]
    [TestCase(true, true, "variable-token")]
    public async Task Each_variable_wins_over_the_file_alone(bool address, bool token, string expected)
    {
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/userinfo", 200, UserInfo);
        using var hoop = new HoopProcess(token: null);
        await hoop.RunWithInput(
            "file-token",
            "config",
            "create",
            "--api-url",
            address ? "http://127.0.0.1:1" : gateway.Address.ToString(),
            "--token-file",
            "-");
        if (address)
        {
            hoop.With("HOOP_APIURL", gateway.Address.ToString());
        }

        if (token)
        {
            hoop.With("HOOP_TOKEN", "variable-token");
        }

        var ran = await hoop.Run("admin", "get", "userinfo");

        Assert.That(ran.Code, Is.Zero, ran.Error);
        Assert.That(gateway.Requests.Single().Authorization, Is.EqualTo($"Bearer {expected}"));
    }

    [Test]
    public async Task A_file_that_others_can_read_is_told()
    {
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/userinfo", 200, UserInfo);
        using var hoop = new HoopProcess(gateway.Address);
        await hoop.Run("config", "create", "--api-url", "http://127.0.0.1:1");
        File.SetUnixFileMode(hoop.ConfigPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        var ran = await hoop.Run("admin", "get", "userinfo");

        Assert.That(ran.Code, Is.Zero);
        Assert.That(
            ran.Error,
            Is.EqualTo(
                $"warning: {hoop.ConfigPath} can be read or written by other users of this machine; run: chmod 600 {hoop.ConfigPath}\n"));
    }

    [Test]
    public async Task A_broken_file_is_named_with_its_line()
    {
        using var hoop = new HoopProcess(token: null);
        Directory.CreateDirectory(Path.GetDirectoryName(hoop.ConfigPath)!);
        File.WriteAllText(hoop.ConfigPath, "api_url = \"http://127.0.0.1:1\"\ntoken = secret-canary\n");
        File.SetUnixFileMode(hoop.ConfigPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var ran = await hoop.Run("admin", "get", "agents");

        Assert.That(
            ran,
            Is.EqualTo(new Ran(1, "", $"error: {hoop.ConfigPath}: line 2: expected a string in quotes, true or false. Write it anew "
                + $"with: hoop config create\n")));
    }
}
