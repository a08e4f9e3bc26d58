using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Sources;

/// <summary>
/// The command line is a program like any other: it speaks to the gateway by the calls of Hoop.Client alone, so what it can do, anybody
/// can.
/// </summary>
public sealed partial class CommandLineTests
{
    /// <summary>Who makes requests of its own, and why.</summary>
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["src/Cli/Sessions/SessionStream.cs"] = "a WebSocket, whose messages are no bodies",
        ["src/Cli/Import/VaultSource.cs"] = "reads a Vault, and no gateway",
        ["src/Cli/Gateway/Provider.cs"] = "an identity provider, and no gateway",
        ["src/Cli/Gateway/Connection.cs"] = "hands the settings over to Hoop.Client, and to the two above",
        ["src/Cli/Gateway/Api.cs"] = "the one place that holds the client",
        ["src/Cli/Completion/GatewayNames.cs"] = "a client that waits for a quarter of a second, and says nothing",
        ["src/Cli/Agent/Channel/AgentSocket.cs"] = "the agent's own channel",
    };

    [Test]
    public void No_command_calls_a_path_by_hand()
    {
        var files = Product.Files("src/Cli", "*.cs").ToArray();
        Assert.That(files, Has.Length.GreaterThan(100));

        Assert.That(files.Where(file => !Exceptions.ContainsKey(file.Path)).SelectMany(Violations), Is.Empty);
    }

    [Test]
    public void Each_exception_is_one()
    {
        foreach (var path in Exceptions.Keys)
        {
            Assert.That(
                Violations(new SourceFile(path, File.ReadAllText(Path.Combine(Product.Root, path)))), Is.Not.Empty, $"{path} needs none");
        }
    }

    [TestCase("call.Api.Get(\"/api/agents\", stop)", "/api/agents")]
    [TestCase("var path = $\"/api/agents/{name}\";", "/api/agents/{name}")]
    [TestCase("new HoopCall(HttpMethod.Get, path)", "new HoopCall(")]
    [TestCase("using var client = new HttpClient();", "new HttpClient(")]
    [TestCase("hoop.Wire.Send(call)", ".Wire")]
    [TestCase("api.ApiUrl + \"/v1/sys/auth\"", "/v1/sys/auth")]
    public void A_call_by_hand_is_found(string line, string what) =>
        Assert.That(Violations(new SourceFile("src/Cli/Agents/Made.cs", line)), Has.One.Contains(what));

    [TestCase("}).For(\"GET /api/agents\", \"GET /api/agents/{nameOrId}\").Does(call => Show(call))")]
    [TestCase("/// <summary>GET /api/agents.</summary>")]
    [TestCase("const string Sts = \"https://sts.googleapis.com/v1/token\";")]
    [TestCase("throw new CliFailure(\"an organization's id, as GET /api/orgs shows it\");")]
    public void What_is_said_of_a_call_is_none(string line) =>
        Assert.That(Violations(new SourceFile("src/Cli/Agents/Made.cs", line)), Is.Empty);

    private static IEnumerable<string> Violations(SourceFile file) => Call().Matches(Comment().Replace(file.Text, ""))
        .Select(match => $"{file.Path}: calls the gateway past Hoop.Client: {match.Value}");

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(
        @"(?<="")/(api|v1)/[^""]*|new (HttpClient|HttpRequestMessage|HttpMessageInvoker|HoopCall|HoopConnection|HoopClient)\("
        + @"|(?<!Client)\.Wire\b|HoopHttp\.")]
    private static partial Regex Call();
}
