using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hoop.Cli;
using Hoop.Cli.CommandLine;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>One command line and what came of it, without what is another each time. <c>Command</c> is the canonical spelling.</summary>
internal sealed record Step(string Line, Ran Ran)
{
    public string[] Words => Line.Split(' ');

    public string Command
    {
        get
        {
            Command command = Root;
            foreach (var word in Line.Split(' ', '/'))
            {
                if (command.Subcommands.FirstOrDefault(next => next.Name == word || next.Aliases.Contains(word)) is not { } next)
                {
                    break;
                }

                command = next;
            }

            return command.Spelled();
        }
    }

    private static RootCommand Root { get; } = HoopCommand.Root();
}

/// <summary>A gateway, and one who goes through all commands of <c>hoop</c> at it.</summary>
internal sealed partial class WholeTree : IAsyncDisposable
{
    private const string Policy = """
        builtin_provider: gcp_iam
        identity_source_attribute: id
        identity_target_template: "reader-bot@my-proj.iam.gserviceaccount.com"
        fallback_policy: deny
        token_ttl_seconds: 3600
        extra_config:
          project_id: my-proj
        """;

    private readonly TestGateway _gateway;
    private readonly HoopProcess _hoop;
    private readonly HoopProcess _person;
    private readonly HoopProcess _agent;
    private readonly List<Step> _steps = [];
    private readonly VaultStandIn _vault;

    private WholeTree(TestGateway gateway, VaultStandIn vault, bool isBuilt)
    {
        (_gateway, _vault) = (gateway, vault);
        _hoop = new HoopProcess(gateway.Address, TestGateway.AdminToken) { IsBuilt = isBuilt };
        _person = new HoopProcess(gateway.Address, token: null) { IsBuilt = isBuilt };
        _agent = new HoopProcess(gateway.Address, token: null) { IsBuilt = isBuilt };
    }

    public IReadOnlyList<Step> Steps => _steps;

    public static async Task<WholeTree> Start(
        bool isBuilt, GoogleStandIn google, SpiffeIssuerStandIn issuer, IdentityProviderStandIn provider, VaultStandIn vault)
    {
        var gateway = await TestGateway.Start(new()
        {
            ["HOOP_GCP_IAM_ENDPOINT"] = google.Address,
            ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = google.TokenUri,
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = "prod.example",
            ["HOOP_SPIFFE_BUNDLE_JWKS"] = issuer.Bundle(),
            ["HOOP_OIDC_ISSUER"] = provider.Issuer,
            ["HOOP_OIDC_AUDIENCE"] = "https://hoop.test",
            ["HOOP_OIDC_CLIENT_ID"] = "hoop-cli",
        });
        var tree = new WholeTree(gateway, vault, isBuilt);
        google.Grant("reader-bot@my-proj.iam.gserviceaccount.com");
        google.Grant("alice@my-proj.iam.gserviceaccount.com");
        vault.Entity("e1", "from-vault");
        foreach (var (name, text) in new[]
        {
            ("policy.yaml", Policy),
            ("by-email.yaml", Policy.Replace("attribute: id", "attribute: email", StringComparison.Ordinal)
                .Replace("reader-bot", "{user.email_local}", StringComparison.Ordinal)),
            ("admin.json", google.CreateAdminCredentials("my-proj", "hoop-admin")),
            ("bundle.json", """{"keys":[]}"""),
            ("readers.hcl", "path \"secret/*\" { capabilities = [\"read\"] }"),
            ("operator", TestGateway.AdminToken),
            ("vault-token", VaultStandIn.Token),
            ("svid", issuer.MintSvid("spiffe://prod.example/agent/web", "hoop-gateway")),
            ("service-token", provider.MintAccessToken("ci")),
            ("manifest.yaml", "kind: agent\nname: applied\n---\nkind: trust-domain\nname: applied.example\nbundle_jwks:\n  keys: []\n"),
            ("mappings.ndjson", """
                {"trust_domain":"prod.example","spiffe_prefix":"spiffe://prod.example/many/","agent_template":"{{.WorkloadIdentifier}}"}

                """),
        })
        {
            tree._hoop.File(name, text);
        }

        var people = new TokenVariant { Claims = new Dictionary<string, System.Text.Json.Nodes.JsonNode?> { ["client_id"] = "hoop-cli" } };
        tree._person.File("token", provider.MintAccessToken("jane", email: "jane@example.com", variant: people));
        tree._agent.With("HOOP_SPIFFE_KEY_FILE", Path.Combine(tree._hoop.Home, "svid"));
        return tree;
    }

    public async Task Tell()
    {
        await OfThisMachine();
        await Resources();
        await Accounts();
        await Store();
        await People();
        await Sessions();
        await Federation();
        await Organizations();
        await Gone();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in new[] { _hoop, _person, _agent })
        {
            one.Dispose();
        }

        await _gateway.DisposeAsync();
    }

    /// <summary>The command line, for people and with <c>-o json</c>; it reads alone.</summary>
    private async Task Shows(params string[] lines)
    {
        foreach (var line in lines)
        {
            await Does(line);
            await Does($"{line} -o json");
        }
    }

    private async Task Does(params string[] lines)
    {
        foreach (var line in lines)
        {
            await Did(line);
        }
    }

    private Task<Ran> Did(string line, string input = "") => Did(_hoop, line, input);

    private async Task<Ran> Did(HoopProcess by, string line, string input = "")
    {
        var ran = await by.RunWithInput(input, [.. CommandLineParser.SplitCommandLine(line)]);
        Keep(line, ran);
        return ran;
    }

    private void Keep(string line, Ran ran) =>
        _steps.Add(new Step(Settled(line), new Ran(ran.Code, Settled(ran.Out), Settled(ran.Error))));

    /// <summary>The id that <c>get … -o json</c> shows of one.</summary>
    private async Task<string> IdOf(string line)
    {
        var ran = await Did($"{line} -o json");
        Assert.That(ran.Code, Is.Zero, $"{line}: {ran.Error}");
        var answer = JsonElement.Parse(ran.Out);
        answer = answer.ValueKind == JsonValueKind.Array ? answer[0] : answer;
        return (answer.TryGetProperty("data", out var data) ? data : answer).GetProperty("id").GetString()!;
    }

    /// <summary>Without ids, times, secrets, addresses and widths, which are others each time.</summary>
    private string Settled(string text)
    {
        foreach (var (own, name) in new[]
        {
            (_gateway.Address.AbsoluteUri.TrimEnd('/'), "GATEWAY"), (_gateway.Address.Authority, "GATEWAY"), (_hoop.Home, "HOME"),
            (_person.Home, "HOME"), (_agent.Home, "HOME"),
        })
        {
            text = text.Replace(own, name, StringComparison.Ordinal);
        }

        text = Id().Replace(text, "ID");
        text = Time().Replace(text, "TIME");
        text = Accessor().Replace(text, "ACCESSOR");
        text = Secret().Replace(text, "SECRET");
        text = Duration().Replace(text, "DURATION");
        text = Age().Replace(text, "AGE");

        // Written some time after the use.
        text = Spaces().Replace(text, " ").Replace("\"last_used_at\":\"TIME\",", "", StringComparison.Ordinal)
            .Replace("bootstrap-admin active - - TIME", "bootstrap-admin active - - -", StringComparison.Ordinal);
        return text;
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.None, 1000)]
    private static partial Regex Id();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[0-9:.]*(Z|[+-]\d\d:\d\d)?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Time();

    [GeneratedRegex("[a-z]+_[a-z]+_[0-9a-f]{8}", RegexOptions.None, 1000)]
    private static partial Regex Accessor();

    [GeneratedRegex("[A-Za-z0-9_.+/=-]{36,}|[0-9a-f]{32}", RegexOptions.None, 1000)]
    private static partial Regex Secret();

    [GeneratedRegex(@"\b\d+(\.\d+)? ?(ms|s)\b|""duration_ms"":\d+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Duration();

    [GeneratedRegex(@"""age_seconds"":\d+|Age Seconds: +\d+|""expiration_time"":\d+", RegexOptions.None, 1000)]
    private static partial Regex Age();

    [GeneratedRegex(" {2,}|-{2,}", RegexOptions.None, 1000)]
    private static partial Regex Spaces();
}
