using Hoop.Cli.Agent;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent;

internal sealed class AgentCredentialTests
{
    private string _file = "";

    [SetUp]
    public void Create() => _file = Path.GetTempFileName();

    [TearDown]
    public void Delete() => File.Delete(_file);

    [TestCase("")]
    [TestCase("  \n")]
    [TestCase("a.b")]
    [TestCase("a..c")]
    [TestCase("a.b.c.d")]
    [TestCase("a.b.c d")]
    [TestCase("a.b.c\r\nX-Injected: 1")]
    [TestCase("{\"a\": \"b.c.d\"}")]
    public void A_file_without_a_JWT_is_a_problem_and_changes_nothing(string content)
    {
        File.WriteAllText(_file, "a.b.c\n");
        var credential = AgentCredential.FromFile(_file);
        Assert.That(credential.Refresh(), Is.Null);

        File.WriteAllText(_file, content);

        Assert.That(credential.Refresh(), Does.StartWith("HOOP_SPIFFE_KEY_FILE: "));
        Assert.That(credential.Current, Is.EqualTo("a.b.c"));
    }

    [Test]
    public void A_file_that_is_missing_or_a_folder_is_a_problem_not_an_exception()
    {
        Assert.That(AgentCredential.FromFile(_file + "/nothing").Refresh(), Does.StartWith("HOOP_SPIFFE_KEY_FILE: "));
        Assert.That(AgentCredential.FromFile("/tmp").Refresh(), Does.StartWith("HOOP_SPIFFE_KEY_FILE: "));
    }

    [Test]
    public void The_end_is_read_from_the_claims()
    {
        var end = DateTimeOffset.FromUnixTimeSeconds(2_000_000_000);
        File.WriteAllText(_file, RunningAgent.Svid("x", end));
        var credential = AgentCredential.FromFile(_file);
        credential.Refresh();

        Assert.That(credential.ExpiresAt(), Is.EqualTo(end));
    }

    [TestCase("a.b.c")]
    [TestCase("a.W10.c", Description = "[]")]
    [TestCase("a.eyJleHAiOiIxIn0.c", Description = """{"exp":"1"}""")]
    [TestCase("a.eyJleHAiOjFlMzAwfQ.c", Description = """{"exp":1e300}""")]
    public void Claims_without_a_readable_end_have_none(string token)
    {
        File.WriteAllText(_file, token);
        var credential = AgentCredential.FromFile(_file);
        credential.Refresh();

        Assert.That(credential.ExpiresAt(), Is.Null);
    }
}
