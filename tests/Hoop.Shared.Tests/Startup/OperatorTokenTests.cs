using System.Net;
using Hoop.Shared.Configuration;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Startup;

/// <summary>The operator's token over several starts: one that was replaced never comes back.</summary>
[Description("B5, S20")]
public sealed class OperatorTokenTests
{
    private const string Given = "given-operator-token-1";
    private const string Newer = "newer-operator-token-2";

    private string _folder = null!;
    private TestDatabase _database = null!;

    private string File => Path.Combine(_folder, "admin-token");

    [OneTimeSetUp]
    public async Task CreateDatabase() => _database = await TestPostgres.CreateDatabase();

    [OneTimeTearDown]
    public async Task ReturnDatabase() => await _database.DisposeAsync();

    [SetUp]
    public async Task Prepare()
    {
        _folder = Directory.CreateTempSubdirectory("hoop-token-").FullName;
        await _database.Reset();
    }

    [TearDown]
    public void Clean() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_generated_token_is_in_its_file_and_stays()
    {
        await Start(token: null);
        var generated = Read();
        await Start(token: null);

        Assert.That(Read(), Is.EqualTo(generated));
        Assert.That(await Works(generated), Is.True);
    }

    [Test]
    public async Task The_variable_replaces_the_file_and_the_file_never_comes_back()
    {
        await Start(token: null);
        var generated = Read();
        await Start(Given);
        Assert.That(System.IO.File.Exists(File), Is.False, "a file that no longer works would only mislead");
        await Start(token: null);

        Assert.That((await Works(generated), await Works(Given)), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task A_stale_file_of_a_restored_folder_is_ignored_and_told()
    {
        await Start(token: null);
        var generated = Read();
        await Start(Given);
        Hoop.Shared.Secrets.OwnerOnlyFile.Write(File, generated);

        await using var gateway = await TestGateway.Start(Settings(token: null), connection: _database.Connection);

        Assert.That(gateway.Logs.Lines, Has.Some.Contains("holds an operator token that was replaced"));
        Assert.That((await gateway.As(generated).Get("/api/orgs")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await gateway.As(Given).Get("/api/orgs")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_gateway_that_still_has_the_replaced_token_does_not_start()
    {
        await Start(Given);
        await Start(Newer);

        Assert.That(
            async () => await Start(Given),
            Throws.InstanceOf<ConfigurationException>().With.Message.StartsWith("HOOP_ADMIN_TOKEN: this token was replaced on 2").And.Message.Not.Contains(Given));
        Assert.That((await Works(Given), await Works(Newer)), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task A_new_value_in_the_file_is_taken()
    {
        await Start(token: null);
        var generated = Read();
        Hoop.Shared.Secrets.OwnerOnlyFile.Write(File, Newer);
        await Start(token: null);

        Assert.That((await Works(generated), await Works(Newer)), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task An_emptied_database_keeps_the_token_people_know()
    {
        await Start(token: null);
        await _database.Reset();
        await Start(token: null);

        Assert.That(await Works(Read()), Is.True);
    }

    [Test]
    public async Task The_file_is_written_before_the_token_counts()
    {
        Directory.CreateDirectory(File);

        Assert.That(
            async () => await Start(token: null),
            Throws.InstanceOf<ConfigurationException>().With.Message.StartsWith("HOOP_ADMIN_TOKEN: is not set, and a new token cannot be written to "));
        Directory.Delete(File);
        await Start(token: null);

        Assert.That(await Works(Read()), Is.True, "nothing was stored by the start that failed");
    }

    [TestCase("a")]
    [TestCase("two words in one token")]
    [TestCase("xagt-0123456789abcdef")]
    [TestCase("https://0123456789abcdef")]
    [TestCase("looks.like-a-jwt.but-is-none")]
    public async Task What_cannot_be_a_token_is_refused_from_both_places(string token)
    {
        Assert.That(
            async () => await Start(token), Throws.InstanceOf<ConfigurationException>().With.Message.StartsWith("HOOP_ADMIN_TOKEN: must "));
        Hoop.Shared.Secrets.OwnerOnlyFile.Write(File, token);
        Assert.That(
            async () => await Start(token: null), Throws.InstanceOf<ConfigurationException>().With.Message.StartsWith($"{File}: must "));
        await Task.CompletedTask;
    }

    [Test]
    public async Task A_file_that_others_may_write_is_refused()
    {
        await Start(token: null);
        System.IO.File.SetUnixFileMode(
            File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);

        Assert.That(async () => await Start(token: null), Throws.InstanceOf<ConfigurationException>().With.Message.Contains("chmod 600"));
    }

    private string Read() => System.IO.File.ReadAllText(File).Trim();

    private Dictionary<string, string?> Settings(string? token) =>
        new(StringComparer.Ordinal) { ["HOOP_ADMIN_TOKEN"] = token, ["HOOP_DATA_DIR"] = _folder };

    private async Task Start(string? token)
    {
        await using var gateway = await TestGateway.Start(Settings(token), connection: _database.Connection);
    }

    private async Task<bool> Works(string token)
    {
        await using var gateway = await TestGateway.Start(
            new(StringComparer.Ordinal) { ["HOOP_ADMIN_TOKEN"] = null, ["HOOP_DATA_DIR"] = _folder }, connection: _database.Connection);
        return (await gateway.As(token).Get("/api/orgs")).Status == HttpStatusCode.OK;
    }
}
