using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Hoop.Cli;
using Hoop.EndToEnd.Tests.RealProcesses;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>
/// What a new user types, and everything that can be typed wrong: <c>walk/federation.txt</c> is a transcript of a terminal, with a gateway,
/// an agent and a stand-in for Google behind it. <c>HOOP_WRITE_WALK=1</c> writes it anew, for a review of the difference.
/// </summary>
internal sealed partial class FederationWalkTests
{
    private const string Policy = """
        builtin_provider: gcp_iam
        identity_source_attribute: email
        identity_target_template: "{user.email_local}@my-proj.iam.gserviceaccount.com"
        fallback_policy: deny
        readonly_principal: ""
        token_ttl_seconds: 3600
        extra_config:
          project_id: my-proj

        """;

    private static readonly string Program = typeof(HoopCommand).Assembly.Location;

    [Test]
    [Description("The command group of the documentation, to the letter; wrong input is told with the next step and never ends with 0")]
    public async Task Every_line_of_the_walk_says_what_the_transcript_says()
    {
        await using var google = await GoogleStandIn.Start();
        await using var gateway = await TestGateway.Start(new Dictionary<string, string?>
        {
            ["HOOP_GCP_IAM_ENDPOINT"] = google.Address, ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = google.TokenUri,
        });
        using var hoop = new HoopProcess(gateway.Address, TestGateway.AdminToken);
        google.Grant("alice@my-proj.iam.gserviceaccount.com");
        hoop.File("hoop-admin-sa.json", google.CreateAdminCredentials("my-proj", "hoop-admin"));
        hoop.File("federation.yaml", Policy);
        hoop.File("script.sql", "SELECT 1");
        await using var agent = await ConnectedAgent.Start(gateway.Operator, hoop.Home);
        foreach (var (name, command) in new[] { ("plain", "sh"), ("no-program", "no-such-program") })
        {
            await gateway.Operator.Post(
                "/api/connections", new { name, type = "custom", command = new[] { command }, agent_id = agent.Id });
        }

        var file = SourceTree.At("tests", "Hoop.EndToEnd.Tests", "Cli", "walk", "federation.txt");
        var (given, ran) = (await File.ReadAllTextAsync(file), new StringBuilder());

        foreach (var line in given.Split('\n').Where(line => line.StartsWith("$ ", StringComparison.Ordinal) || line is ['#', ..]))
        {
            ran.Append(line).Append('\n');
            if (line[0] == '$')
            {
                ran.Append(await Run(line[2..], hoop.Home, gateway));
            }
        }

        if (Environment.GetEnvironmentVariable("HOOP_WRITE_WALK") == "1")
        {
            await File.WriteAllTextAsync(file, ran.ToString());
        }

        Assert.That(ran.ToString(), Is.EqualTo(await File.ReadAllTextAsync(file)));
    }

    /// <summary>Both outputs, and the exit code unless it is 0; what differs from run to run has a name instead.</summary>
    private static async Task<string> Run(string line, string home, TestGateway gateway)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"hoop() {{ dotnet '{Program}' \"$@\"; }}; {line}"])
        {
            WorkingDirectory = home, UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start.Isolate(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = home, ["HOOP_APIURL"] = gateway.Address.ToString(), ["HOOP_TOKEN"] = TestGateway.AdminToken,
        }))!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(ChildProcess.Limit);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        var (said, told) = (await output, await errors);
        var text = (said.Length > 0 && !said.EndsWith('\n') ? said + "\n" : said) + told
            + (process.ExitCode == 0 ? "" : $"[exit {process.ExitCode}]\n");
        text = text.Replace(gateway.Address.Authority, "GATEWAY", StringComparison.Ordinal);
        return Hash().Replace(Stamp().Replace(Id().Replace(text, "ID"), "TIME"), "HASH");
    }

    [GeneratedRegex("[0-9a-f]{64}", RegexOptions.None, 1000)]
    private static partial Regex Hash();

    [GeneratedRegex("(?!00000000)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.None, 1000)]
    private static partial Regex Id();

    [GeneratedRegex(@"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", RegexOptions.None, 1000)]
    private static partial Regex Stamp();
}
